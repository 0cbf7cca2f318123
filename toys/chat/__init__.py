"""chat: a room in which what one client writes is read by all others, and a client for the terminal. On toys/loop.

text        bytes to lines, and what is made of what does not belong on a terminal
names       what a client may be called, and who is called so
outbox      what waits for a client, and no more than so much of it
tls         the same bytes in and out, sealed
owner       whom a connection tells what happens
connection  one client's socket: reads, writes, ends
room        what is said in a turn of the loop, and who gets which part of it
commands    /nick, /list, /quit, /help
doorway     the listening socket: lets in, pauses, goes on
guest       one client as the server knows it
server      the room and its doorway, from the first client to the last
log         lines on stdout that block nobody
script      what the client says and expects before anybody types
terminal    stdin and stdout of the client
client      the other side
cli         the command line
"""
