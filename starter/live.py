"""The real services: connectors, ledger and the workflow engine, opened when they are needed."""

from __future__ import annotations

from contextlib import aclosing, asynccontextmanager
from functools import cached_property
from typing import TYPE_CHECKING

from steward.errors import InvalidSettings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

    from connectors.settings import Settings
    from starter.services import (
        AnalyticsEntry,
        Register,
        RunEngine,
        RunReader,
        StoreEntry,
        TrailReader,
    )
    from steward.ports import AnalyticsDirectory, Policies


class LiveServices:
    """Opens what the settings name."""

    @cached_property
    def _settings(self) -> Settings:
        from connectors.settings import load_settings

        return load_settings()

    @asynccontextmanager
    async def ledger(self) -> AsyncIterator[RunReader]:
        """Return the ledger, ready to be read."""
        from ledger.reader import open_reader

        async with open_reader(self._settings.ledger) as reader:
            yield reader

    @asynccontextmanager
    async def trail(self) -> AsyncIterator[TrailReader]:
        """Return the audit trail, ready to be read."""
        from ledger.reader import open_reader

        async with open_reader(self._settings.ledger) as reader:
            yield reader

    @asynccontextmanager
    async def register(self) -> AsyncIterator[Register]:
        """Return the register of approvers, ready to be written."""
        from ledger.database import open_ledger

        async with open_ledger(self._settings.ledger) as ledger:
            yield ledger

    @asynccontextmanager
    async def engine(self) -> AsyncIterator[RunEngine]:
        """Return the engine, connected."""
        from connectors.temporal import connect
        from starter.engine import TemporalEngine

        yield TemporalEngine(await connect())

    def stores(self) -> Mapping[str, StoreEntry]:
        """Return the configured stores by name; raises `InvalidSettings`."""
        return self._settings.stores

    def analytics_properties(self) -> Mapping[str, AnalyticsEntry]:
        """Return the configured analytics properties by name; raises `InvalidSettings`."""
        return self._settings.analytics

    @asynccontextmanager
    async def analytics(self) -> AsyncIterator[AnalyticsDirectory]:
        """Return what opens analytics properties."""
        from connectors.analytics.ga4 import ConfiguredAnalytics

        async with aclosing(ConfiguredAnalytics(self._settings.analytics)) as directory:
            yield directory

    def policies(self) -> Policies:
        """Return the rules of the policy file that the settings name; else the built-in ones."""
        from connectors.policy_file import PolicyFile

        return PolicyFile(self._settings.policy)

    def user(self) -> str:
        """Return the person named by the settings, by default the login name."""
        return self._settings.user

    def data_folder(self) -> Path:
        """Return the folder for what is kept on this machine."""
        from connectors.settings import data_directory

        try:
            return self._settings.data
        except InvalidSettings:
            return data_directory()

    def web_ui_address(self, run_id: str) -> str | None:
        """Return where the run is seen in the Web UI, if that is known."""
        from connectors.temporal import web_ui_address

        return web_ui_address(run_id)
