"""The bill of materials of an image: what was found in it, and what the lock knows of that, as CycloneDX 1.6.

Packages get what the lock has: hashes, where they came from, and which others they need. The base image is a part of
its own. What only an audit needs is kept as properties.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pulp_quadlet import __version__
from pulp_quadlet.model.contents import Contents, Described, Packed
from pulp_quadlet.model.lock import Lock, LockedPackage

if TYPE_CHECKING:
    from cyclonedx.model import ExternalReference, HashType, Property
    from cyclonedx.model.bom import BomMetaData
    from cyclonedx.model.component import Component
    from cyclonedx.model.license import DisjunctiveLicense, LicenseExpression
    from packageurl import PackageURL

PREFIX = "pulp-quadlet:"
_NAMES = uuid.UUID("6f1b0c6e-8c36-4f6c-9d3d-6c0c0b7a9c51")


def bill_text(image: Described, contents: Contents, lock: Lock | None, made: float) -> str:
    """The same for the same image and moment, so that two can be compared line by line."""
    from cyclonedx.model.bom import Bom
    from cyclonedx.output import make_outputter
    from cyclonedx.schema import OutputFormat, SchemaVersion

    whole = _image(image)
    parts = {packed.key: _package(packed, contents, lock) for packed in contents.packages}
    base = [_base(image)] if image.base else []
    bom = Bom(
        components=[*base, *parts.values()],
        serial_number=uuid.uuid5(_NAMES, f"{image.reference} {image.id}"),
        metadata=_metadata(whole, contents, made),
    )
    bom.register_dependency(whole, [*base, *(parts[key] for key in _wanted(contents, lock))])
    for packed in contents.packages:
        bom.register_dependency(parts[packed.key], [parts[key] for key in _needed(packed, contents, lock)])
    return make_outputter(bom, OutputFormat.JSON, SchemaVersion.V1_6).output_as_string(indent=1) + "\n"


def _metadata(whole: Component, contents: Contents, made: float) -> BomMetaData:
    from cyclonedx.model.bom import BomMetaData
    from cyclonedx.model.component import Component, ComponentType
    from cyclonedx.model.tool import ToolRepository

    ours = Component(type=ComponentType.APPLICATION, name="pulp-quadlet", version=__version__)
    incomplete = [_property("incomplete", "packages of the system are not listed")] if contents.foreign else []
    return BomMetaData(
        component=whole,
        tools=ToolRepository(components=[ours]),
        timestamp=datetime.fromtimestamp(made, UTC),
        properties=incomplete,
    )


def _image(image: Described) -> Component:
    from cyclonedx.model import HashAlgorithm, HashType
    from cyclonedx.model.component import Component, ComponentType

    return Component(
        type=ComponentType.CONTAINER,
        name=image.reference,
        version=f"sha256:{image.id}",
        bom_ref="image",
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=image.id)],
        properties=[_property("role", image.role)],
    )


def _base(image: Described) -> Component:
    from cyclonedx.model.component import Component, ComponentType

    name, _, digest = image.base.partition("@")
    return Component(type=ComponentType.CONTAINER, name=name, version=digest or None, bom_ref="base")


def _package(packed: Packed, contents: Contents, lock: Lock | None) -> Component:
    from cyclonedx.model.component import Component, ComponentType

    locked = _locked(packed, lock)
    kept = (("where", packed.where), ("architecture", packed.architecture), ("files", packed.files))
    purl = _purl(packed, contents)
    return Component(
        type=ComponentType.LIBRARY,
        name=packed.name,
        version=packed.version,
        bom_ref=f"{purl}#{packed.where}" if packed.where else str(purl),
        purl=purl,
        licenses=[_licence(packed.licence)] if packed.licence else [],
        hashes=_hashes(locked),
        external_references=_references(locked),
        properties=[_property(name, value) for name, value in kept if value],
    )


def _purl(packed: Packed, contents: Contents) -> PackageURL:
    from packageurl import PackageURL

    if packed.ecosystem == "pypi":
        return PackageURL(type="pypi", name=packed.name, version=packed.version)
    about = {"arch": packed.architecture, "distro": f"{contents.distribution}-{contents.release}"}
    version = packed.version
    if packed.ecosystem == "rpm" and ":" in version:  # there, an epoch is no part of the version
        about["epoch"], _, version = version.partition(":")
    return PackageURL(
        type=packed.ecosystem, namespace=contents.distribution, name=packed.name, version=version, qualifiers=about
    )


def _licence(text: str) -> DisjunctiveLicense | LicenseExpression:
    from cyclonedx.model.license import DisjunctiveLicense, LicenseExpression
    from cyclonedx.spdx import is_expression, is_supported_id

    if is_supported_id(text):
        return DisjunctiveLicense(id=text)
    return LicenseExpression(text) if is_expression(text) else DisjunctiveLicense(name=text)


def _hashes(locked: LockedPackage | None) -> list[HashType]:
    from cyclonedx.model import HashAlgorithm, HashType

    if locked is None or locked.kind not in {"wheel", "sdist"}:
        return []
    return [HashType(alg=HashAlgorithm.SHA_256, content=locked.sha256)]


def _references(locked: LockedPackage | None) -> list[ExternalReference]:
    from cyclonedx.model import ExternalReference, ExternalReferenceType, XsUri

    if locked is None or not locked.url:
        return []
    kind = ExternalReferenceType.VCS if locked.kind == "git" else ExternalReferenceType.DISTRIBUTION
    return [ExternalReference(type=kind, url=XsUri(locked.url), comment=locked.commit or None)]


def _property(name: str, value: str) -> Property:
    from cyclonedx.model import Property

    return Property(name=f"{PREFIX}{name}", value=value)


# --- who needs whom -------------------------------------------------------------------------------------------------


def _wanted(contents: Contents, lock: Lock | None) -> Iterator[tuple[str, str, str]]:
    """What the site asked for; without a lock all of Python's packages, and those of the system in any case."""
    asked = {_name(each) for each in lock.requirements} if lock else None
    for packed in contents.packages:
        if packed.ecosystem != "pypi" or asked is None or packed.name in asked:
            yield packed.key


def _needed(packed: Packed, contents: Contents, lock: Lock | None) -> Iterator[tuple[str, str, str]]:
    locked = _locked(packed, lock)
    names = {_name(each) for each in locked.requires} if locked else set()
    for other in contents.packages:
        if other.ecosystem == "pypi" and other.where == packed.where and other.name in names - {packed.name}:
            yield other.key


def _locked(packed: Packed, lock: Lock | None) -> LockedPackage | None:
    found = lock.package(packed.name) if lock and packed.ecosystem == "pypi" else None
    return found if found and found.version == packed.version else None


def _name(requirement: str) -> str:
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    return canonicalize_name(Requirement(requirement).name)
