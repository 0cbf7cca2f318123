"""What most people write with asyncio's streams: a room in which each hears what the others say.

toylab run chat --subject 'python docs/subjects/asyncio_chat.py {address} {port}'
"""

import asyncio
import sys

writers: set[asyncio.StreamWriter] = set()


def tell(line: bytes, but: asyncio.StreamWriter) -> None:
    for writer in writers - {but}:
        writer.write(line)


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    name = f"Client {len(writers) + 5}"
    writer.write(f"* welcome, {name}\n".encode())
    tell(f"* {name} joined\n".encode(), writer)
    writers.add(writer)
    while line := await reader.readline():
        tell(f"[{name}] ".encode() + line, writer)
        await writer.drain()
    writers.discard(writer)
    tell(f"* {name} left\n".encode(), writer)
    writer.close()


async def main() -> None:
    async with await asyncio.start_server(serve, sys.argv[1], int(sys.argv[2])) as server:
        await server.serve_forever()


asyncio.run(main())
