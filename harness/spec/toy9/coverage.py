"""Which clauses judge which sentence of the spec: each sentence in short, by section and number, with clause ids."""

from __future__ import annotations

COVERAGE: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Scope 1: the socket is made non-blocking", ("T9-01", "T9-36")),
    (
        "Scope 2: connect succeeds at once or is in progress, and the waiting is tracked",
        ("T9-02", "T9-19", "T9-33", "T9-58"),
    ),
    (
        "Scope 3: writability leads to success or failure and to the final endpoints",
        ("T9-03", "T9-05", "T9-10", "T9-35"),
    ),
    ("Scope 4: both endpoints are filled in and can be asked for", ("T9-09", "T9-10", "T9-70")),
    (
        "Scope 5: failed names, refusal, unreachable and timeout each have a stable error",
        ("T9-08", "T9-19", "T9-23", "T9-57", "T9-59", "T9-68"),
    ),
    ("Outputs 1: connecting leads to connected or to error", ("T9-16", "T9-17", "T9-62", "T9-63")),
    (
        "Outputs 2: success and error each have a callback, the error with its errno",
        ("T9-08", "T9-17", "T9-64", "T9-66"),
    ),
    ("Outputs 3: ports and addresses of both ends are told", ("T9-10", "T9-70")),
    (
        "Behavior 1: watched for writing while in progress, decided by SO_ERROR, then the names are asked for",
        ("T9-03", "T9-04", "T9-06", "T9-07", "T9-09", "T9-35", "T9-65"),
    ),
    (
        "Behavior 2: the names are asked for as the model did, but SO_ERROR is what decides",
        ("T9-05", "T9-08", "T9-09", "T9-11", "T9-28", "T9-55"),
    ),
    (
        "Behavior 3: queued output leaves as soon as there is room, and the drained queue is told",
        ("T9-12", "T9-13", "T9-14", "T9-15", "T9-31", "T9-38", "T9-45", "T9-49"),
    ),
    (
        "Success Criteria 1: the same transitions and endpoints each time, however the attempt ends",
        (
            "T9-10", "T9-16", "T9-17", "T9-19", "T9-20", "T9-21", "T9-22", "T9-23", "T9-25", "T9-34", "T9-44", "T9-47",
            "T9-48", "T9-51", "T9-56", "T9-58", "T9-63", "T9-69", "T9-71",
        ),
    ),
    (
        "Success Criteria 2: queued output drains after connecting, and nothing is readable before",
        ("T9-13", "T9-14", "T9-18", "T9-26", "T9-32", "T9-46", "T9-50", "T9-51", "T9-52", "T9-67"),
    ),
    (
        "Test Plan 1: a listener is connected to, established is announced with its endpoints",
        ("T9-05", "T9-10", "T9-17", "T9-70"),
    ),
    ("Test Plan 2: a closed port gives an error and no endpoints", ("T9-08", "T9-10", "T9-44", "T9-59")),
    ("Test Plan 3: an invalid host gives its own error", ("T9-23", "T9-24", "T9-30", "T9-60", "T9-61")),
    (
        "Test Plan 4: an address that never answers ends by the timeout that was asked for",
        ("T9-21", "T9-22", "T9-47", "T9-53", "T9-54"),
    ),
    (
        "Implied: a program that others rely on neither spins nor dies",
        ("T9-27", "T9-29", "T9-37", "T9-39", "T9-40", "T9-41", "T9-42", "T9-43"),
    ),
)  # fmt: skip
