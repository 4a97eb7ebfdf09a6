"""Infobip: omnichat, OMNI and Facebook (documents 000 to 003)."""

from functools import partial

from emulator import resources
from emulator.core.auth import AuthorizationHeader
from emulator.core.provider import Provider
from emulator.providers import fixtures
from emulator.providers.infobip import facebook, omni, omnichat
from emulator.providers.infobip.callbacks import CALLBACKS
from emulator.providers.infobip.replies import STATUSES, refuse

PROVIDER = Provider(
    name="infobip",
    auth=AuthorizationHeader(),
    endpoints=(omnichat.MESSAGE, omnichat.INVITE, omni.TEXT, facebook.SINGLE),
    territory=r"/(1/)?(omni|omnichat|facebook)(/|$)",
    refuse=refuse,
    protocol=fixtures.protocol("infobip"),
    statuses=STATUSES,
    codecs=omni.CODECS,
    magic_recipients=fixtures.magic_recipients("infobip"),
    readings=fixtures.readings("infobip"),
    refusals=fixtures.refusals("infobip"),
    refusal=resources.schemas()["infobip/request-error.json"],
    examples=partial(fixtures.examples, "infobip"),
    specimens=fixtures.specimens,
    timeline=fixtures.timeline("infobip"),
    callbacks=CALLBACKS,
)
