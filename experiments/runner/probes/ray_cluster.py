"""Who answers at the address of a Ray cluster, and whether we are let in: asked by another process.

Ray itself waits for minutes where it is not let in, or ends its process.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from ...errors import ConfigError, Problem

START_ONE = "start one: ray start --head"
PATIENCE = 20  # seconds for all of it
A_CALL = 8  # seconds for an answer

# What Ray's own command line and client begin with; its last line of output is what was found.
PROBE = """
import json, sys
address, seconds = sys.argv[1], float(sys.argv[2])
found = {}
try:
    import ray
    from ray.exceptions import AuthenticationError
    if address.startswith("ray://"):
        import grpc
        from ray._private.grpc_utils import init_grpc_channel
        from ray.core.generated import ray_client_pb2, ray_client_pb2_grpc
        channel = init_grpc_channel(address.removeprefix("ray://"))
        grpc.channel_ready_future(channel).result(timeout=seconds)
        ask = ray_client_pb2.ClusterInfoRequest(type=ray_client_pb2.ClusterInfoType.PING)
        stub = ray_client_pb2_grpc.RayletDriverStub(channel)
        try:
            stub.ClusterInfo(ask, timeout=seconds)
        except grpc.RpcError as error:
            if error.code() == grpc.StatusCode.UNAUTHENTICATED:
                raise AuthenticationError("") from None
            raise ConnectionError(error.code().name) from None
    else:
        from ray._private import services
        from ray._raylet import GcsClient
        head = services.canonicalize_bootstrap_address(address) or address
        nodes = GcsClient(address=head).get_all_node_info(timeout=seconds).values()
        here = {ray.util.get_node_ip_address(), "127.0.0.1"}
        alive = [one.node_manager_address for one in nodes if one.state == 0]
        found = {"head": head, "alive": alive, "joined": not here.isdisjoint(alive)}
except AuthenticationError:
    found = {"error": "token"}
except BaseException as error:
    found = {"error": f"{type(error).__name__}: {error}".strip(": ")}
print()
print(json.dumps(found))
"""


def use_token() -> None:
    """Have Ray use the token of this machine where there is one, as `ray start` does.

    With an address Ray leaves that to an environment variable.
    """
    own = os.environ.get("RAY_AUTH_TOKEN_PATH", Path.home() / ".ray" / "auth_token")
    if "RAY_AUTH_TOKEN" in os.environ or Path(own).is_file():
        os.environ.setdefault("RAY_AUTH_MODE", "token")


def check_cluster(address: str) -> None:
    """See that a cluster answers, lets us in, and has this machine among its nodes if it has to.

    Raises:
        ConfigError: with what is wrong, and how to mend it.
    """
    found = _found_at(address)
    said = f"received {address!r}"
    if found.get("error") == "token":
        what = f"has a cluster that asks for its token, which is not here, {said}"
        fix = "copy ~/.ray/auth_token here from its first machine"
        raise ConfigError([Problem("hydra.launcher.address", what, fix)])
    if "error" in found:
        what = f"has no Ray cluster that answers, {said} ({found['error']})"
        raise ConfigError([Problem("hydra.launcher.address", what, _mended(address))])
    if not found.get("joined", True):
        what = f"has a cluster that this machine is no node of, {said}"
        fix = f"join it: ray start --address={found['head']}, or give ray://<its head>:10001"
        raise ConfigError([Problem("hydra.launcher.address", what, fix)])


def _mended(address: str) -> str:
    if address == "auto":
        return f"{START_ONE}; or end what is left of an old one: ray stop"
    if address.startswith("ray://") and not address.endswith(":10001"):
        return "with ray:// the port is that of Ray's client server, 10001 as a rule"
    if address.endswith(":10001"):
        return "put ray:// before it: 10001 is the port of Ray's client server"
    return START_ONE


def _found_at(address: str) -> dict[str, str]:
    """What the other process found: `error`, or what it knows of the cluster."""
    command = [sys.executable, "-c", PROBE, address, str(A_CALL)]
    try:
        ended = subprocess.run(
            command, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
    except subprocess.TimeoutExpired:
        return {"error": f"no answer for {PATIENCE} seconds"}
    *_, last = ["", *ended.stdout.strip().splitlines()]
    try:
        found: dict[str, str] = json.loads(last)
    except ValueError:  # Ray has ended it: token mode, and no token
        return {"error": "token"}
    return found
