"""People who watch a page, for the benchmarks: each speaks to the server as its page in a browser.

Twenty browsers would take more of this machine than the server that is measured, so these viewers
receive everything and draw nothing.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass

from streamlit.proto.AutoRerun_pb2 import AutoRerun
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol


@dataclass
class Watched:
    """What one viewer was sent."""

    runs: int = 0
    """How often the page, or the part of it that draws itself again, was drawn."""
    received_bytes: int = 0


async def watch(address: str, page: str, after_s: float, seen: Watched) -> None:
    """Watch a page until cancelled, and have it drawn anew as often as it asks for it.

    Args:
        address: `http://HOST:PORT` of the server.
        page: as in the link.
        after_s: when this viewer comes.
        seen: is counted in.

    Raises:
        RuntimeError: an exception was shown, or a run of the script failed.
    """
    url = f"{address.replace('http', 'ws', 1)}/_stcore/stream"
    again: dict[str, asyncio.Task[None]] = {}
    await asyncio.sleep(after_s)
    async with connect(url, subprotocols=[Subprotocol("streamlit")], max_size=None) as server:
        await _ask(server, ClientState(page_name=page))
        try:
            async for data in server:
                assert isinstance(data, bytes)
                seen.received_bytes += len(data)
                message = ForwardMsg.FromString(data)
                kind = message.WhichOneof("type")
                if kind == "auto_rerun" and message.auto_rerun.fragment_id not in again:
                    part = message.auto_rerun
                    again[part.fragment_id] = asyncio.create_task(_refresh(server, page, part))
                elif kind == "script_finished":
                    seen.runs += 1
                elif kind == "delta" and message.delta.new_element.HasField("exception"):
                    raise RuntimeError(message.delta.new_element.exception.message)
        finally:
            for task in again.values():
                task.cancel()


async def _refresh(server: ClientConnection, page: str, part: AutoRerun) -> None:
    """Ask for a part of the page as often as it wants to be drawn."""
    with suppress(ConnectionClosed):
        while True:
            await asyncio.sleep(part.interval)
            await _ask(
                server,
                ClientState(page_name=page, fragment_id=part.fragment_id, is_auto_rerun=True),
            )


async def _ask(server: ClientConnection, state: ClientState) -> None:
    await server.send(BackMsg(rerun_script=state).SerializeToString())
