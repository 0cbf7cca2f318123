"""The sections of a scenario file about names: what the name server knows, and where the subject's resolver asks."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from harness.fields import (
    DOMAIN,
    ONE_LINE,
    TEXT_LIST_OR_MAPPING,
    TEXT_OR_LIST,
    AsList,
    AsMapping,
    AsText,
    Duration,
    refusal,
)
from harness.sections import ByFamily, Model

Texts = Annotated[Annotated[str, AsText] | Annotated[list[str], AsList], TEXT_OR_LIST]


NameServers = Annotated[
    Annotated[str, AsText] | Annotated[list[str], AsList, Field(min_length=1, max_length=3)]
    | Annotated[ByFamily, AsMapping],
    TEXT_LIST_OR_MAPPING,
]  # fmt: skip
"""glibc asks the first three, resolv.conf(5), MAXNS."""


class Answer(Model):
    """What the name server says about one type: hosts, addresses or a fault, perhaps late."""

    answer: Texts
    """Hosts, addresses, or a fault such as NXDOMAIN or silence."""
    delay: Duration = 0
    """How long the answer is kept back."""


OneAnswer = Annotated[
    Annotated[str, AsText] | Annotated[list[str], AsList] | Annotated[Answer, AsMapping], TEXT_LIST_OR_MAPPING
]


class Name(Model):
    """What the name server knows about a name, by the type of the query; a type left out has no data."""

    A: OneAnswer | None = None
    """What a query for IPv4 addresses gets."""
    AAAA: OneAnswer | None = None
    """What a query for IPv6 addresses gets."""
    answer: OneAnswer | None = None
    """For both types: a fault, or hosts and addresses of the case's family."""
    alias: Annotated[str, Field(pattern=DOMAIN)] | None = None
    """Another name that this one stands for, a CNAME."""
    delay: Duration = 0
    """How long the answers are kept back that have no delay of their own."""

    @model_validator(mode="after")
    def _says_something(self) -> Name:
        by_type = self.A is not None or self.AAAA is not None
        if by_type + (self.answer is not None) + (self.alias is not None) != 1:
            raise refusal("it is not clear what is answered", "give either A and AAAA, or answer, or alias")
        if self.alias is not None and self.delay:
            raise refusal("an alias is answered when the name is that it stands for", "give that name the delay")
        return self


class Resolver(Model):
    """The subject's /etc/resolv.conf."""

    nameserver: NameServers = "dns"
    """A host, an address, or `none`; a list is asked in its order."""
    options: Annotated[str, Field(pattern=ONE_LINE)] = ""
    """As in resolv.conf(5), for instance `timeout:1 attempts:1`."""
    search: Annotated[str, Field(pattern=ONE_LINE)] = ""
    """The domains that are tried behind a name."""
