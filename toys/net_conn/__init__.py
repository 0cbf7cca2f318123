"""net_conn: one connection, perhaps with TLS, as an object on an event loop. Also a peer that misbehaves on request.

states        the machine, as a table
errors        every way to fail, with its stable code and exit status
connection    the object: states, callbacks, the timer that covers everything
dial          the first phase: from a name to a connected socket, address after address
handshake     the second, with TLS: certificates and names
stream        the last: reading, writing, and waiting for what was asked for
client        what the command line does with a connection
serve         the peer, for the lab
engine        its TLS
arguments     what the arguments of the command line may be
certificates  test certificates, as data
cli           the command line
"""
