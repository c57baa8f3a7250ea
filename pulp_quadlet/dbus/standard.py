"""The interfaces that every object has by the D-Bus specification."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from pulp_quadlet.dbus.contract import Interface, document, interfaces
from pulp_quadlet.dbus.errors import READ_ONLY, UNKNOWN_INTERFACE, UNKNOWN_PROPERTY, CallRefused
from pulp_quadlet.dbus.target import Caller, Target
from pulp_quadlet.dbus.values import Typed, wire

INTROSPECTABLE = "org.freedesktop.DBus.Introspectable"
OBJECT_MANAGER = "org.freedesktop.DBus.ObjectManager"
PEER = "org.freedesktop.DBus.Peer"
PROPERTIES = "org.freedesktop.DBus.Properties"

STANDARD = interfaces(
    """<node>
      <interface name="org.freedesktop.DBus.Introspectable">
        <method name="Introspect"><arg name="xml" type="s" direction="out"/></method>
      </interface>
      <interface name="org.freedesktop.DBus.Peer">
        <method name="Ping"/>
        <method name="GetMachineId"><arg name="machine_uuid" type="s" direction="out"/></method>
      </interface>
      <interface name="org.freedesktop.DBus.Properties">
        <method name="Get">
          <arg name="interface" type="s" direction="in"/>
          <arg name="property" type="s" direction="in"/>
          <arg name="value" type="v" direction="out"/>
        </method>
        <method name="GetAll">
          <arg name="interface" type="s" direction="in"/>
          <arg name="properties" type="a{sv}" direction="out"/>
        </method>
        <method name="Set">
          <arg name="interface" type="s" direction="in"/>
          <arg name="property" type="s" direction="in"/>
          <arg name="value" type="v" direction="in"/>
        </method>
        <signal name="PropertiesChanged">
          <arg name="interface" type="s"/>
          <arg name="changed_properties" type="a{sv}"/>
          <arg name="invalidated_properties" type="as"/>
        </signal>
      </interface>
      <interface name="org.freedesktop.DBus.ObjectManager">
        <method name="GetManagedObjects">
          <arg name="objects" type="a{oa{sa{sv}}}" direction="out"/>
        </method>
        <signal name="InterfacesAdded">
          <arg name="path" type="o"/>
          <arg name="interfaces" type="a{sa{sv}}"/>
        </signal>
        <signal name="InterfacesRemoved">
          <arg name="path" type="o"/>
          <arg name="interfaces" type="as"/>
        </signal>
      </interface>
    </node>"""
)


class World(Protocol):
    """All that is served, as far as the standard interfaces ask for it."""

    contract: Mapping[str, Interface]

    def names(self, path: str) -> list[str]:
        """The interfaces of an object, its own first."""
        ...

    def children(self, path: str) -> list[str]:
        """The names of the nodes right below a path."""
        ...

    def managed(self) -> dict[str, Mapping[str, Target]]:
        """The objects below the root."""
        ...


class _WithoutProperties:
    def properties(self) -> dict[str, Any]:
        return {}


@dataclass(frozen=True, slots=True)
class Introspectable(_WithoutProperties):
    world: World
    path: str

    async def call(self, _member: str, _arguments: list[Any], _caller: Caller) -> tuple[str]:
        shown = (self.world.contract[name] for name in self.world.names(self.path))
        return (document(shown, iter(self.world.children(self.path))),)


@dataclass(frozen=True, slots=True)
class Peer(_WithoutProperties):
    async def call(self, member: str, _arguments: list[Any], _caller: Caller) -> tuple[str, ...]:
        return () if member == "Ping" else (Path("/etc/machine-id").read_text(encoding="ascii").strip(),)


@dataclass(frozen=True, slots=True)
class ObjectManager(_WithoutProperties):
    world: World

    async def call(self, _member: str, _arguments: list[Any], _caller: Caller) -> tuple[dict[str, Any]]:
        contract = self.world.contract
        return (
            {
                path: {name: typed(contract[name], target.properties()) for name, target in targets.items()}
                for path, targets in self.world.managed().items()
            },
        )


@dataclass(frozen=True, slots=True)
class Properties(_WithoutProperties):
    """The properties of one object; `targets` are its own interfaces."""

    contract: Mapping[str, Interface]
    path: str
    targets: Mapping[str, Target]

    async def call(self, member: str, arguments: list[Any], _caller: Caller) -> tuple[Any, ...]:
        calls: dict[str, Callable[..., tuple[Any, ...]]] = {"Get": self._get, "GetAll": self._get_all, "Set": self._set}
        return calls[member](*arguments)

    def _get(self, interface: str, name: str) -> tuple[Typed]:
        values = self._values(interface)
        if name not in values:
            raise self._unknown(interface, name)
        return (values[name],)

    def _get_all(self, interface: str) -> tuple[dict[str, Typed]]:
        return (self._values(interface),)

    def _set(self, interface: str, name: str, _value: Any) -> tuple[Any, ...]:
        if name not in self._values(interface):
            raise self._unknown(interface, name)
        raise CallRefused(READ_ONLY, f"the property {name} cannot be written")

    def _values(self, interface: str) -> dict[str, Typed]:
        """Of one interface, or of all when none is named."""
        if interface and interface not in self.targets and interface not in STANDARD:
            raise CallRefused(UNKNOWN_INTERFACE, f"{self.path} has no interface {interface}")
        values: dict[str, Typed] = {}
        for name, target in self.targets.items():
            if interface in {"", name}:
                values.update(typed(self.contract[name], target.properties()))
        return values

    def _unknown(self, interface: str, name: str) -> CallRefused:
        return CallRefused(UNKNOWN_PROPERTY, f"{interface or self.path} has no property {name}")


def typed(interface: Interface, values: Mapping[str, Any]) -> dict[str, Typed]:
    """Properties with their types. Raises ValueError or TypeError when they are not those of the contract."""
    if values.keys() != interface.properties.keys():
        raise ValueError(f"{interface.name} has the properties {sorted(interface.properties)}, not {sorted(values)}")
    for name, wanted in interface.properties.items():
        wire(wanted.signature, [values[name]])
    return {name: Typed(interface.properties[name].signature, value) for name, value in values.items()}
