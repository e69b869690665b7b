"""Start a plan by our own launcher: in namespaces, behind Landlock, or bare."""

import marshal
import sys
from pathlib import Path
from typing import Any

from fixproof.model.runs import Isolation
from fixproof.probe.pipes import closing, in_memory, launch
from fixproof.probe.plan import Plan, Running

_TOP = Path(__file__).resolve().parents[2]
_STAGE = """
import sys
sys.path.append({top!r})
from fixproof.probe.launcher import stage
stage.main({plan}, {report}, {gate})
"""


def start(plan: Plan) -> Running:
    """Start the launcher; it waits at the gate like bubblewrap does."""
    handed = [in_memory(marshal.dumps(_told(plan)))]

    def command(report: int, gate: int) -> list[str]:
        code = _STAGE.format(top=str(_TOP), plan=handed[0], report=report, gate=gate)
        handed.append(in_memory(code.encode()))
        # the code travels by descriptor: arguments can be read by the first process' children
        return [sys.executable, "-I", "-S", "-c", f"exec(open({handed[1]}).read())"]

    with closing(handed):
        running = launch(command, handed, plan.joins, sweeps=plan.level is not Isolation.NAMESPACES)
    running.ready = "ready"
    return running


def _told(plan: Plan) -> dict[str, Any]:
    """Say a plan in what the launcher can read: it imports nothing of ours."""
    reach = plan.reach
    return {
        "namespaces": plan.level is Isolation.NAMESPACES,
        "confined": plan.level is not Isolation.NONE,
        "argv": list(plan.argv),
        "variables": plan.variables,
        "directory": plan.directory,
        "user": plan.user,
        "network": plan.network,
        "filter": plan.filter,
        "scratch": plan.limits.disk,
        "reach": [list(reach.readable), list(reach.writable), reach.network] if reach else None,
        "mounts": [
            {
                "kind": m.kind.value,
                "target": m.target,
                "source": m.source,
                "content": m.content,
                "size": m.size,
                "mode": m.mode,
            }
            for m in plan.mounts
        ],
    }
