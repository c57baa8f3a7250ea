"""What the agent is asked for, each told by the functions of the pipeline."""

from __future__ import annotations

import asyncio
import time
from dataclasses import asdict, dataclass, replace
from typing import Any

import tomli

from pulp_quadlet import __version__, pipeline, relock
from pulp_quadlet.agent import unchanged
from pulp_quadlet.agent.answers import done_json, past_json
from pulp_quadlet.agent.ask import Ask, Controls, Events
from pulp_quadlet.changing import transaction
from pulp_quadlet.changing.back import begin_return
from pulp_quadlet.changing.change import Confirmed
from pulp_quadlet.changing.uninstall import take_stock, uninstall
from pulp_quadlet.config.source import SourceText, load
from pulp_quadlet.errors import HostError, Location, Problem
from pulp_quadlet.health.judge import judge
from pulp_quadlet.host.generations import Generations
from pulp_quadlet.host.installation import fingerprint
from pulp_quadlet.model.codec import to_data
from pulp_quadlet.model.generation import Generation, Kind, Origin, PastGeneration, Transaction
from pulp_quadlet.model.verdict import Verdict
from pulp_quadlet.planning.plan import plan_id
from pulp_quadlet.planning.rollback import earlier, one_way
from pulp_quadlet.report.metrics import Measured, metrics_text
from pulp_quadlet.report.plan import plan_json
from pulp_quadlet.report.verdict import verdict_json


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One host, and who hears of what is done there."""

    host: pipeline.Host
    events: Events
    controls: Controls

    async def do(self, ask: Ask) -> dict[str, Any]:
        """The value of the result. Raises PulpQuadletError."""
        stories = {
            "check": self._check,
            "plan": self._plan,
            "apply": self._apply,
            "try": self._apply,
            "rollback": self._rollback,
            "recover": self._recover,
            "history": self._history,
            "health": self._health,
            "inventory": self._inventory,
            "uninstall": self._uninstall,
            "deployment": self._deployment,
            "metrics": self._metrics,
        }
        if ask.verb not in stories:
            raise HostError(Problem(code="unknown-verb", message=f"there is no work called `{ask.verb}`"))
        return await stories[ask.verb](ask)

    async def _compiled(self, ask: Ask) -> pipeline.Compiled:
        return pipeline.compile_site(load(ask.file), await self.host.target(ask.host))

    async def _check(self, ask: Ask) -> dict[str, Any]:
        compiled = await self._compiled(ask)
        verified = pipeline.check(compiled, await self.host.generate(compiled.tree))
        return {"path": str(ask.file), "units": len(compiled.tree.units), "verified": verified, "problems": []}

    async def _plan(self, ask: Ask) -> dict[str, Any]:
        compiled = await self._compiled(ask)
        pipeline.demand_selinux(compiled)
        if await relock.is_due(compiled, self.host):
            compiled = relock.unlocked(compiled)
        change = await pipeline.plan_change(compiled.generation(Origin()), self.host, compiled.locate)
        return {"plan": plan_id(change.plan, change.state), **plan_json(change.plan)}

    async def _apply(self, ask: Ask) -> dict[str, Any]:
        compiled = await self._compiled(ask)
        pipeline.demand_selinux(compiled)
        kind: Kind = "try" if ask.verb == "try" else "apply"
        pipeline.check(compiled, await self.host.generate(compiled.tree))
        remove = tuple(str(ask.options.get("remove_plugins", "")).split())
        compiled, shown = await self._locked(compiled, str(ask.options.get("plan", "")), remove)
        wanted = compiled.generation(_origin(ask, kind))
        seconds = float(ask.options.get("seconds", 0))
        request = pipeline.Request(
            wanted=wanted,
            locate=compiled.locate,
            plan=shown,
            remove=remove,
            confirmed=self._confirmation(seconds) if kind == "try" else None,
        )
        if kind == "try":
            # before: whatever becomes of it, a boot must not do what nobody confirmed
            await self.host.remember_site_file(str(ask.file), compiled.source.text)
        done = await self._changed(request)
        if kind == "apply":
            await self.host.remember_site_file(str(ask.file), compiled.source.text)
            if not done["steps"]:
                unchanged.remember(wanted, done["generation"], Generations())
        return {**done, "site_file_changed": load(ask.file).text != compiled.source.text}

    async def _locked(
        self, compiled: pipeline.Compiled, shown: str, remove: tuple[str, ...]
    ) -> tuple[pipeline.Compiled, str]:
        """With a lock that fits, and the plan that is still to be compared: one made without a lock is so before."""
        if not await relock.is_due(compiled, self.host):
            return compiled, shown
        loose = relock.unlocked(compiled)
        if shown:
            change = await pipeline.plan_change(loose.generation(Origin()), self.host, loose.locate, remove)
            pipeline.demand_plan(change, shown)
        self.events.say("pip looks for versions that go together")
        with self.host.locked(compiled.site.site.name):
            new = await relock.relock(compiled, self.host)
            await self.host.write_lock(new.path, new.text)
        self.events.say(new.sentence)
        return relock.locked(compiled, new), ""

    async def _rollback(self, ask: Ask) -> dict[str, Any]:
        source = load(ask.file)
        done = await self._gone_back(ask, _site_name(source))
        # or the next boot would apply what was gone back from
        await self.host.remember_site_file(str(ask.file), source.text)
        return done

    async def _gone_back(self, ask: Ask, site: str) -> dict[str, Any]:
        history = await self.host.history(site)
        number, barrier = earlier(history, int(ask.options.get("generation", 0)), site)
        if barrier is not None:
            if not ask.options.get("restore_database"):
                raise one_way(number, barrier)
            return await self._rollback_database(ask, site, number, barrier)
        past = pipeline.of_today(await self.host.read(site, number), await self.host.target(ask.host))
        origin = replace(past.origin, kind="rollback", copy_of=number, made=time.time(), user=ask.user, job=ask.job)
        return await self._changed(pipeline.Request(wanted=replace(past, origin=origin), locate=_of_generation(number)))

    async def _rollback_database(self, ask: Ask, site: str, number: int, barrier: PastGeneration) -> dict[str, Any]:
        if not barrier.origin.dump:
            raise one_way(number, barrier)
        opened = Transaction(
            site=site,
            kind="rollback",
            before=number,
            after=0,
            job=ask.job,
            user=ask.user,
            began=time.time(),
            dump=barrier.origin.dump,
            migrating=True,
        )
        with self.host.locked(site):
            verdict = await begin_return(opened, self.host, self.events)
        return {"site": site, "steps": [], "generation": number, "health": verdict_json(verdict)}

    async def _changed(self, request: pipeline.Request) -> dict[str, Any]:
        with self.host.locked(request.wanted.site):
            done = await pipeline.apply(request, self.host, self.events)
        return done_json(done)

    async def _recover(self, ask: Ask) -> dict[str, Any]:
        site = str(ask.options["site"])
        with self.host.locked(site):
            return {"sentence": await transaction.recover(site, self.host, self.events)}

    async def _inventory(self, ask: Ask) -> dict[str, Any]:
        found = [await take_stock(site, self.host) for site in await self._sites(ask)]
        return {"sites": [asdict(each) for each in found]}

    async def _uninstall(self, ask: Ask) -> dict[str, Any]:
        found = []
        for site in await self._sites(ask):
            with self.host.locked(site):
                found.append(await uninstall(site, self.host, self.events))
        if not ask.options.get("all"):
            # the file stays, and the next boot must not take it for one that was never applied
            await self.host.remember_site_file(str(ask.file), load(ask.file).text)
        unloads = bool(ask.options.get("all")) and await self.host.unload_later()
        return {"sites": [asdict(each) for each in found], "unloads": unloads}

    async def _sites(self, ask: Ask) -> tuple[str, ...]:
        """Those that are asked for. To remove all, no site file needs to be there."""
        return await self.host.sites() if ask.options.get("all") else (_site_name(load(ask.file)),)

    async def _history(self, ask: Ask) -> dict[str, Any]:
        past = await self.host.history(_site_name(load(ask.file)))
        return {"generations": [past_json(each) for each in past]}

    async def _health(self, ask: Ask) -> dict[str, Any]:
        applied = await self._applied(ask)
        return verdict_json(judge(applied.deployment, await self.host.look(applied.deployment)))

    async def _deployment(self, ask: Ask) -> dict[str, Any]:
        """For the agent, which watches without a compiler of its own."""
        found: dict[str, Any] = to_data((await self._applied(ask)).deployment)
        return found

    async def _metrics(self, _ask: Ask) -> dict[str, Any]:
        """Of all sites that were applied on this host."""
        measured = []
        for site in await self.host.sites():
            if current := await self.host.current(site):
                deployment = (await self.host.read(site, current)).deployment
                seen = await self.host.look(deployment)
                measured.append(Measured(site=site, seen=seen, verdict=judge(deployment, seen)))
        return {"text": metrics_text(measured, __version__)}

    async def _applied(self, ask: Ask) -> Generation:
        """What runs on this host; where nothing was applied yet, what the site file says."""
        site = _site_name(load(ask.file))
        if current := await self.host.current(site):
            return await self.host.read(site, current)
        return (await self._compiled(ask)).generation(Origin())

    def _confirmation(self, seconds: float) -> Confirmed:
        async def confirmed(verdict: Verdict) -> None:
            self.events.waiting(seconds, f"{verdict.sentence}; it goes back in {seconds:.0f} s unless it is confirmed")
            try:
                async with asyncio.timeout(seconds):
                    await self.controls.confirmed.wait()
            except TimeoutError:
                raise HostError(
                    Problem(code="not-confirmed", message=f"nobody confirmed the try within {seconds:.0f} seconds")
                ) from None

        return confirmed


def _of_generation(number: int) -> pipeline.Locate:
    """A key of a site file that is not there any more, but for its copy in a generation."""
    return lambda _path: Location(path=f"generation {number}", line=0, column=0)


def _origin(ask: Ask, kind: Kind) -> Origin:
    return Origin(kind=kind, made=time.time(), user=ask.user, job=ask.job, compiler=fingerprint())


def _site_name(source: SourceText) -> str:
    """The name of the site alone: what runs can be told while the rest of the file is wrong."""
    try:
        name = tomli.loads(source.text)["site"]["name"]
    except (tomli.TOMLDecodeError, KeyError, TypeError, ValueError):
        name = None
    if not isinstance(name, str) or "/" in name:
        from pulp_quadlet.config.read import read

        return read(source.text, source.path).site.name
    return name
