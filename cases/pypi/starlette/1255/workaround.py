# /// script
# requires-python = ">=3.8,<3.13"
# dependencies = ["starlette==0.16.0", "httpx"]
#
# [tool.uv]
# exclude-newer = "2021-08-31T00:00:00Z"
# ///
"""The same application with a pure ASGI middleware: the view's own error reaches the caller.

It adds a response header, to show how a middleware that changes responses is written this way.
"""

import asyncio

import httpx
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.routing import Route


class PassThrough:
    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_header(message):
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["X-Passed-Through"] = "yes"
            await send(message)

        await self.app(scope, receive, send_with_header)


async def broken_view(request):
    raise RuntimeError("oops")


app = Starlette(
    routes=[Route("/", broken_view)],
    middleware=[Middleware(PassThrough)],
)


async def main():
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://app.test") as client:
        await client.get("/")


asyncio.run(main())
