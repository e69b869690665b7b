# /// script
# requires-python = ">=3.8,<3.13"  # the packages of 2021 import `cgi`, which Python 3.13 removed
# dependencies = ["starlette", "httpx"]
#
# [tool.uv]
# exclude-newer = "2021-08-31T00:00:00Z"
# ///
"""A view raises RuntimeError("oops") behind a BaseHTTPMiddleware; what reaches the caller?

Every release exits with status 1. A sound one says `RuntimeError: oops`. A broken one buries that
in a group of two exceptions, beside `RuntimeError: No response returned.`
"""

import asyncio

import httpx
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.routing import Route


class PassThrough(BaseHTTPMiddleware):
    async def dispatch(self, request, call_next):
        return await call_next(request)


async def broken_view(request):
    raise RuntimeError("oops")


app = Starlette(
    routes=[Route("/", broken_view)],
    middleware=[Middleware(PassThrough)],
)


async def main():
    # Naming the transport works in every httpx since 0.13; `AsyncClient(app=app)` ended with 0.28.
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://app.test") as client:
        await client.get("/")


asyncio.run(main())
