"""A name is had by one at most, and looks like no other."""

from __future__ import annotations

import pytest

from toys.chat.names import RULE, Names


@pytest.fixture
def names() -> Names:
    return Names()


@pytest.mark.parametrize("name", ["a", "Anna", "x-1_y", "A" * 20])
def test_a_plain_name_can_be_had(names: Names, name: str) -> None:
    assert names.take(name, 5) == ""


@pytest.mark.parametrize("name", ["", "5", "-a", "a b", "A" * 21, "änna", "a\n", "a\x1b", "[x]", "Client 5"])
def test_a_name_that_could_mislead_cannot_be_had(names: Names, name: str) -> None:
    assert names.take(name, 5) == RULE


def test_a_name_that_another_has_cannot_be_had_in_other_letters_either(names: Names) -> None:
    names.take("anna", 5)
    assert names.take("ANNA", 6) == "ANNA is taken"


def test_one_may_change_the_case_of_its_own_name(names: Names) -> None:
    names.take("anna", 5)
    assert names.take("Anna", 5) == ""


def test_a_name_given_back_can_be_had_by_another(names: Names) -> None:
    names.take("anna", 5)
    names.take("berta", 5)
    assert names.take("anna", 6) == ""
    names.free(5)
    assert names.take("berta", 7) == ""


def test_what_is_refused_changes_nothing(names: Names) -> None:
    names.take("anna", 5)
    names.take("berta", 6)
    assert names.take("berta", 5) == "berta is taken"
    assert names.take("anna", 6) == "anna is taken"


def test_nobody_speaks_for_the_server(names: Names) -> None:
    assert names.take("Server", 5) == "Server is taken"
