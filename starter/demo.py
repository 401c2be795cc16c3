"""`steward demo`: the whole main job on a made-up shop, by the commands that anybody types."""

from __future__ import annotations

import asyncio
import os
import shlex
import shutil
import sys
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from starter.session import YesOption, session_of
from steward.errors import ExitCode, StewardError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starter.screen import Screen
    from starter.stack.description import StackDescription
    from starter.stack.running import Stack
    from steward.catalog import Snapshot

_REQUESTER = "rita"
_APPROVER = "amir"
_SHOWN_PRODUCTS = 6


class DemoFailed(StewardError):
    """A step of the demonstration did not do what it should."""


def demo(
    context: typer.Context,
    config: Annotated[
        Path | None,
        typer.Option("--config", "-c", help="Description of the stack.", metavar="FILE"),
    ] = None,
    yes: YesOption = False,
) -> None:
    """Carry out the main job on a made-up shop: 15 % off the Summer collection, and back.

    Starts the development stack, proposes, simulates, asks, executes, verifies, rolls back, and
    stops the stack again. Without a terminal, or with --yes, it decides by itself. What it did
    stays in the data directory, where the next `steward up` shows it.

    Exit codes: 0 the shop is as before, 1 it is not, else as for `steward up`.

    Example:
      steward demo
      steward demo --yes
    """
    from starter.stack.description_file import read_description

    screen = session_of(context).screen
    description = read_description(config)
    asyncio.run(_demonstrate(screen, description, by_itself=yes or not screen.can_ask))


async def _demonstrate(screen: Screen, description: StackDescription, *, by_itself: bool) -> None:
    async with _started(screen, description) as stack:
        await _Demonstration(screen, stack, by_itself=by_itself).run()
        if not by_itself:
            screen.say()
            await asyncio.to_thread(
                screen.wait, "Look around in the Web UI if you like. Enter stops the stack."
            )
        data = stack.description.data
    steward = _as_typed()
    screen.say()
    screen.say(f"The stack is stopped; what it did is kept in {data}. Go on from here:", "bold")
    screen.say(f"  {steward} up           start the stack again, and leave it running")
    screen.say(f"  {steward} templates    other jobs that agents can do")
    screen.say("  docs/tutorial.md  the same, step by step, with your own store at the end")


def _as_typed() -> str:
    """Return how the command is called here, where no environment may have been activated."""
    if shutil.which("steward"):
        return "steward"
    beside = Path(sys.executable).with_name("steward")
    return str(beside.relative_to(Path.cwd()) if beside.is_relative_to(Path.cwd()) else beside)


@asynccontextmanager
async def _started(screen: Screen, description: StackDescription) -> AsyncIterator[Stack]:
    """Start the stack, beside whatever has its ports already."""
    from connectors.temporal import configured_server
    from starter.stack.ports import is_free
    from starter.stack.running import running_stack

    host = description.temporal.host
    taken = [port for _, port in description.ports() if port and not is_free(host, port)]
    if taken:
        screen.note(f"Port {taken[0]} is in use, so the demo runs beside, on ports of its own.")
        description = description.on_free_ports(description.data / "demo", web_ui=True)
    async with AsyncExitStack() as running:
        with screen.busy("Starting a Temporal server, a sandbox shop and two workers ..."):
            stack = await running.enter_async_context(
                running_stack(description, server=configured_server())
            )
        yield stack


class _Demonstration:
    """The job, step by step, told as it happens."""

    def __init__(self, screen: Screen, stack: Stack, *, by_itself: bool) -> None:
        self._screen = screen
        self._stack = stack
        self._by_itself = by_itself
        self._store = next(iter(stack.state.stores))

    async def run(self) -> None:
        """Show, propose, approve, execute, verify, roll back and compare."""
        before = await self._show_store()
        self._title(f"2. {_REQUESTER} asks the pricing agent for 15 % off the Summer collection")
        job = f"run bulk-price --store {self._store} --collection summer --percent -15"
        await self._steward(f"{job} --as {_REQUESTER}")
        run_id = await self._newest_run()
        await self._steward(f"diff {run_id} --limit 8")
        self._say_where_to_look(run_id)
        self._title(f"3. {_APPROVER} looks at it and decides; {_REQUESTER} may not")
        if not await self._approved(run_id):
            return
        self._title("4. The run executes in waves, and reads each wave back")
        await self._steward(f"watch {run_id}")
        await self._steward(f"show {run_id}")
        self._title("5. Second thoughts: undo it, with a preview")
        yes = " --yes" if self._by_itself else ""
        await self._steward(f"rollback {run_id} --as {_APPROVER}{yes}")
        if not self._by_itself and await self._kept():
            self._screen.say("You kept the new prices; they can be rolled back at any time.")
            return
        await self._prove_as_before(before)

    async def _show_store(self) -> _Shop:
        self._title(f"1. A shop: '{self._store}' at {self._address}")
        shop = await self._look()
        variants = shop.everything.variant_count
        self._screen.say(
            f"{len(shop.everything.products)} products, {variants:,} variants, "
            f"in {shop.everything.currency}. In the collection 'summer':"
        )
        for product in shop.summer.products[:_SHOWN_PRODUCTS]:
            price = product.variants[0].price
            self._screen.say(f"  {product.title:<40} {len(product.variants):>3} variants  {price}")
        more = len(shop.summer.products) - _SHOWN_PRODUCTS
        self._screen.say(f"  and {more} more products")
        return shop

    async def _look(self) -> _Shop:
        """Read the shop through the connector, and ask the sandbox itself for what it holds."""
        import httpx

        from connectors.stores.directory import ConfiguredStores
        from steward.catalog import ByCollection, EveryProduct

        stores = ConfiguredStores(self._stack.state.stores)
        try:
            async with stores.open(self._store) as store:
                everything = await store.read_catalog(EveryProduct())
                summer = await store.read_catalog(ByCollection(collection="summer"))
        finally:
            await stores.aclose()
        async with httpx.AsyncClient(base_url=self._address) as sandbox:
            truth = (await sandbox.get("/_sandbox/catalogue")).text
            written = len((await sandbox.get("/_sandbox/journal")).json())
        return _Shop(everything, summer, truth, written)

    async def _approved(self, run_id: str) -> bool:
        """Return whether the run was approved; a person may say no, which is a fine end too."""
        if self._by_itself:
            await self._steward(f"approve {run_id} --as {_APPROVER} --yes")
            return True
        await self._steward(f"approve {run_id} --as {_APPROVER}")
        if await self._goes_on(run_id):
            return True
        await self._steward(f"reject {run_id} --as {_APPROVER}")
        self._screen.say("You said no, and nothing was written to the shop.")
        return False

    async def _prove_as_before(self, before: _Shop) -> None:
        self._title("6. Is the shop as it was?")
        after = await self._look()
        changed = before.differing_prices(after)
        self._screen.say(
            f"The shop's own journal shows {after.written - before.written} writes received. "
            f"Of {after.everything.variant_count:,} variants, {changed} have another price than "
            "before."
        )
        if before.truth != after.truth:
            raise DemoFailed(
                "The shop differs from what it was before.",
                remedy=f"Its data are in {self._stack.description.data}.",
            )
        self._screen.say("Yes: the shop's whole catalogue is as it was, value for value.", "green")

    def _say_where_to_look(self, run_id: str) -> None:
        state = self._stack.state
        address = f"{state.web_ui}/namespaces/{state.namespace}/workflows/{run_id}"
        self._screen.say()
        self._screen.say(f"The run in Temporal's Web UI: {address}", style="bold")

    async def _newest_run(self) -> str:
        from ledger.reader import open_reader

        async with open_reader(self._stack.state.ledger) as reader:
            return (await reader.runs(limit=1))[0].start.run_id

    async def _kept(self) -> bool:
        """Return whether the undo was shown and then refused."""
        from ledger.reader import open_reader
        from steward.runs import RunStatus

        async with open_reader(self._stack.state.ledger) as reader:
            undo = await reader.run(await self._newest_run())
        return undo.status is RunStatus.REJECTED

    async def _goes_on(self, run_id: str) -> bool:
        from ledger.reader import open_reader

        async with open_reader(self._stack.state.ledger) as reader:
            return any(not it.refusal for it in await reader.decisions(run_id))

    @property
    def _address(self) -> str:
        return self._stack.state.stores[self._store].address

    async def _steward(self, arguments: str) -> None:
        """Type a command, and run it as anybody would, in a process of its own."""
        self._screen.say()
        self._screen.say(f"$ steward {arguments}", style="bold cyan")
        self._screen.flush()
        environment = os.environ | {"STEWARD_DATA": str(self._stack.description.data)}
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-c", "from starter.main import main; main()"),
            *shlex.split(arguments),
            env=environment,
        )
        code = await process.wait()
        if code != ExitCode.OK:
            raise DemoFailed(
                f"`steward {arguments}` ended with exit code {code}.",
                remedy=f"Its logs are in {self._stack.description.data}/logs.",
            )

    def _title(self, text: str) -> None:
        self._screen.say()
        self._screen.say(text, style="bold green")
        self._screen.flush()


class _Shop:
    """What the shop holds, as the connector reads it and as the sandbox itself says."""

    def __init__(self, everything: Snapshot, summer: Snapshot, truth: str, written: int) -> None:
        self.everything = everything
        self.summer = summer
        self.truth = truth
        self.written = written

    def differing_prices(self, other: _Shop) -> int:
        """Return how many variants have another price, or crossed-out price, in the other look."""
        mine = {it.id: it for product in self.everything.products for it in product.variants}
        theirs = {it.id: it for product in other.everything.products for it in product.variants}
        return sum(mine.get(each) != theirs.get(each) for each in mine.keys() | theirs.keys())
