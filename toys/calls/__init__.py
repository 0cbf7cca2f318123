"""calls: a program that makes exactly the system calls that it is told to make, one after the other.

It decides nothing. Whatever a call returns is printed, and the next call is made, so that what is recorded is what
the kernel does and never what a program made of it. Each argument is one call:

    calls 'socket a ipv4' 'connect a 10.0.0.2 9' 'watch a IN|OUT|RDHUP' 'wait 100' 'getsockopt a SO_ERROR'

`calls --help` lists them all.
"""
