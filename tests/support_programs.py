"""Programs and tests that fail in known ways, for making samples of what Python tools print."""

PACKAGE = {
    "__init__.py": "from orchard.press import squeeze\n",
    "basket.py": """
        class Basket(object):
            def weigh(self):
                return self.weight

            def __del__(self):
                if getattr(self, "heavy", False):
                    raise ValueError("basket dropped")
        """,
    "errors.py": """
        class PressError(Exception):
            pass
        """,
    "press.py": """
        from orchard.basket import Basket
        from orchard.errors import PressError

        PRESSES = {}

        def squeeze(fruit, force=1):
            return crush(fruit)

        def crush(fruit):
            return Basket().weigh()

        def find(name):
            return PRESSES[name]

        def use(name):
            try:
                return find(name)
            except KeyError as error:
                problem = PressError("no press called %r" % name)
                problem.__cause__ = error
                raise problem

        def retry(name):
            try:
                return find(name)
            except KeyError:
                return Basket().weigh()

        def explain():
            raise PressError("the press is jammed:\\n  layer 1: apple\\n  layer 2: pear")

        def turn(n):
            return turn(n + 1)

        def decode():
            return b"caf\\xe9".decode("utf-8")

        def require(ripe):
            assert ripe
        """,
    "broken.py": "def pour(\n    return 1\n",
    "grove.py": """
        try:
            ExceptionGroup
        except NameError:
            from exceptiongroup import ExceptionGroup
        from orchard.press import use

        def harvest():
            problems = []
            for name in ("oak", "elm"):
                try:
                    use(name)
                except Exception as error:
                    problems.append(error)
            raise ExceptionGroup("harvest failed", problems)
        """,
    "tasks.py": """
        import anyio
        from orchard.press import find

        async def pick(name):
            find(name)

        async def harvest():
            async with anyio.create_task_group() as group:
                group.start_soon(pick, "oak")
                group.start_soon(pick, "elm")
        """,
}

SCENARIOS = {
    "attribute": "import orchard\norchard.squeeze('apple')",
    "cause": "from orchard.press import use\nuse('oak')",
    "context": "from orchard.press import retry\nretry('oak')",
    "keyword": "import orchard\norchard.squeeze('apple', speed=3)",
    "import_name": "from orchard.press import grind",
    "import_module": "import orchard.cellar",
    "syntax": "import orchard.broken",
    "recursion": "from orchard.press import turn\nturn(0)",
    "lines": "from orchard.press import explain\nexplain()",
    "unicode": "from orchard.press import decode\ndecode()",
    "assert": "from orchard.press import require\nrequire(False)",
    "own_assert": "import orchard\nassert 1 > 2",
    "thread": """
        import threading
        import orchard
        thread = threading.Thread(target=orchard.squeeze, args=("apple",))
        thread.start()
        thread.join()
        """,
    "json": "import json\nimport orchard\njson.loads('{')",
}
MODERN = {
    "unretrieved": """
        import asyncio
        import orchard

        async def pick():
            orchard.squeeze("apple")

        async def main():
            task = asyncio.ensure_future(pick())
            await asyncio.sleep(0.01)

        asyncio.run(main())
        """,
    "ignored": """
        from orchard.basket import Basket
        basket = Basket()
        basket.heavy = True
        del basket
        raise SystemExit(3)
        """,
    "group": "from orchard.grove import harvest\nharvest()",
    "pool": """
        from concurrent.futures import ProcessPoolExecutor
        from orchard.press import use

        if __name__ == "__main__":
            with ProcessPoolExecutor(1) as pool:
                pool.submit(use, "oak").result()
        """,
    "wait": """
        import asyncio
        import orchard

        async def main():
            await asyncio.wait_for(asyncio.sleep(5), 0.01)

        asyncio.run(main())
        """,
    "from_none": """
        from orchard.errors import PressError
        try:
            {}["oak"]
        except KeyError:
            raise PressError("no press") from None
        """,
    "abort": """
        import faulthandler
        import os
        import orchard
        faulthandler.enable()
        os.abort()
        """,
}
NEWEST = {
    "notes": """
        import orchard
        try:
            orchard.squeeze("apple")
        except AttributeError as error:
            error.add_note("while pressing apples")
            error.add_note("second press")
            raise
        """,
}
TESTS = {
    "test_pressing.py": """
        import orchard
        from orchard.press import use

        def helper(fruit):
            return orchard.squeeze(fruit)

        def test_squeeze():
            assert helper("apple") == 1
        """,
    "test_chained.py": """
        from orchard.press import use

        def test_use():
            use("oak")
        """,
    "test_plain.py": """
        def test_sum():
            total = 2
            assert total == 3
        """,
    "test_collect.py": "from orchard.press import grind\n",
    "test_unit.py": """
        import unittest
        import orchard

        class Pressing(unittest.TestCase):
            def test_squeeze(self):
                orchard.squeeze("apple")

        if __name__ == "__main__":
            unittest.main()
        """,
    "docs.py": '''
        def press(fruit):
            """Press.

            >>> press("apple")
            1
            """
            import orchard
            return orchard.squeeze(fruit)

        if __name__ == "__main__":
            import doctest
            doctest.testmod()
        ''',
}
IPYTHON = """
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance(colors={colors!r})
shell.run_line_magic("xmode", {mode!r})
shell.run_cell("import orchard")
shell.run_cell("from orchard.press import use\\nuse('oak')")
"""
TOOLS = {
    "ipython_context": IPYTHON.format(colors="nocolor", mode="Context"),
    "ipython_colour": IPYTHON.format(colors="linux", mode="Context"),
    "ipython_verbose": IPYTHON.format(colors="nocolor", mode="Verbose"),
    "ipython_plain": IPYTHON.format(colors="nocolor", mode="Plain"),
    "rich": """
        from rich.traceback import install
        install(width=88)
        from orchard.press import use
        use('oak')
        """,
    "rich_locals": """
        from rich.traceback import install
        install(width=88, show_locals=True)
        import orchard
        orchard.squeeze('apple')
        """,
    "rich_narrow": """
        from rich.traceback import install
        install(width=60)
        import orchard
        orchard.squeeze('apple')
        """,
    "stackprinter": """
        import stackprinter
        stackprinter.set_excepthook(style='plaintext')
        from orchard.press import use
        use('oak')
        """,
    "better_exceptions": """
        import better_exceptions
        better_exceptions.MAX_LENGTH = None
        better_exceptions.hook()
        import orchard
        orchard.squeeze('apple')
        """,
    "loguru": """
        from loguru import logger
        from orchard.press import use
        with logger.catch():
            use('oak')
        """,
    "anyio3": """
        import anyio
        from orchard.tasks import harvest
        anyio.run(harvest)
        """,
    "logging": """
        import logging
        from orchard.press import use
        logging.basicConfig(format='%(asctime)s %(levelname)s %(name)s: %(message)s')
        try:
            use('oak')
        except Exception:
            logging.exception('job 17 failed')
            logging.error('giving up')
        """,
}
PYTEST = {
    "pytest_long": ("--tb=long", "test_pressing.py"),
    "pytest_auto": ("test_pressing.py",),
    "pytest_short": ("--tb=short", "test_pressing.py"),
    "pytest_line": ("--tb=line", "test_pressing.py"),
    "pytest_native": ("--tb=native", "test_pressing.py"),
    "pytest_chained": ("test_chained.py",),
    "pytest_chained_short": ("--tb=short", "test_chained.py"),
    "pytest_assert": ("test_plain.py",),
    "pytest_collect": ("test_collect.py",),
    "pytest_colour": ("--color=yes", "test_pressing.py"),
}
