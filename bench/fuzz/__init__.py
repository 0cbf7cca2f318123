"""A fuzzer for everything here that reads what others have written: `python -m bench.fuzz PATH [SECONDS]`.

case        one input: bytes, where they are cut, and how their sender ends
mutation    inputs out of other inputs, by the grammar of what they are
coverage    which lines of ours followed which: an input that shows a new pair is kept and mutated further
target      what a path needs: a grammar, and a program that takes an input
shrink      the smallest input that still shows what was found
engine      all of it together, for a time
http, frames, chat, chat_client, net_conn, tls, scenario
            the paths
"""
