"""What most people write with asyncio: connect with a time limit, say something, read an answer, close.

toylab run toy9 --subject 'python docs/subjects/asyncio_client.py {host} {port}'
"""

import asyncio
import sys

LIMIT_S = 3


async def talk(host: str, port: int) -> int:
    try:
        reader, writer = await asyncio.wait_for(asyncio.open_connection(host, port), LIMIT_S)
    except (OSError, TimeoutError) as error:
        print(f"cannot connect: {error!r}", file=sys.stderr)
        return 1
    try:
        writer.write(b"hello")
        await writer.drain()
        print(await asyncio.wait_for(reader.read(4096), 0.2))
    except (OSError, TimeoutError) as error:
        print(f"connected, and then: {error!r}", file=sys.stderr)
    writer.close()
    return 0


sys.exit(asyncio.run(talk(sys.argv[1], int(sys.argv[2]))))
