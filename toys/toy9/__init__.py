"""toy9: a client that connects without blocking, and tells what came of it. Also a server role, to connect to.

journal    what it says of itself, for whoever listens
errors     every way to fail, with its stable code and exit status
pollers    epoll (level- and edge-triggered), poll and select behind one small face
resolver   names to addresses in a thread of their own
sockets    a socket with what was asked of it
states     the machine, as a table
client     the connection: states, callbacks, the queue of output
loop       waits, and hands readiness and timers to the client
user       what to do when called back
listen     the server role
cli        the command line
"""
