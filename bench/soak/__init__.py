"""Long load with faults on the real servers: `python -m bench.soak httpd|chat [SECONDS]`.

window    runs a server so that its timers can be counted from outside
server    a server as a process, and what it has in use
figures   what became of that over time, and whether it is flat
load      threads that go on until they are told to stop, and what went wrong in them
faults    what clients do that they should not
http      what is asked of httpd
http2     the same in HTTP/2
chat      a room full of residents and visitors
visitors  who comes and goes there
"""
