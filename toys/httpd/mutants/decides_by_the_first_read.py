"""Decides by what the first read brought which protocol it is."""

from __future__ import annotations

from toys.httpd.connection import Connection
from toys.httpd.frames import PREFACE

SIN = "Decides by what the first read brought which protocol it is."
CONVICTED_BY = ("HT-14",)
EXPOSED_BY = ("http2-in-pieces",)


class MutantConnection(Connection):
    def detect(self, data: memoryview) -> None:
        if bytes(data).startswith(PREFACE):
            super().detect(data)
        else:
            self.protocol = self.http1(self)
            self.protocol.receive(data)
