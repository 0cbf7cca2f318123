"""readiness: a client and a server that tell what their poller says, and when. For watching a handshake.

diary       what they say of themselves, to the journal and to people
states      the machine of both, as a table
stream      a connected socket of either end: reads, writes, and tells its end
client      connects without blocking
server      listens, accepts without blocking
cli         the command line

Everything waits in one place, `toys.loop`.
"""
