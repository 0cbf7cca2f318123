"""The one orchestrator: it takes cases to their grounds, and brings evidence back to the judge.

    front   in the user's process; hands out cases, takes results, and imports nothing heavy
    server  one fresh single-threaded process; forks a slot for each case that may run at once, a judge for each slot
    slot    has one case after the other played: forks labs, collects what the witnesses wrote; small, because it forks
    judge   has everything imported: parses, judges, writes the files, tells the front
    zygote  a warm Python under strace that becomes the programs of the cases
    lab     process 1 of namespaces of its own: builds each case's ground, starts the programs, steps the wire

All of them end when the front ends, however it ends: a slot sees the end of its socket and the kernel does the rest.
"""
