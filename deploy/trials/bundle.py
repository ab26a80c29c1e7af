"""An image as runc takes it: unpacked, with the limits of a pod."""

import io
import json
import resource
import subprocess
import tarfile

PERIOD = 100_000


def bundle(folder, archive, port, cpus, memory, buffer):
    """Unpacks the image into a bundle that listens on `port`; gives the image's own description."""
    root = folder / "rootfs"
    with tarfile.open(archive) as whole:
        (manifest,) = json.load(whole.extractfile("manifest.json"))
        image = json.load(whole.extractfile(manifest["Config"]))
        for layer in manifest["Layers"]:
            with tarfile.open(fileobj=io.BytesIO(whole.extractfile(layer).read())) as files:
                files.extractall(root, filter="tar")
    subprocess.run(["runc", "spec"], cwd=folder, check=True)
    spec = json.loads((folder / "config.json").read_text())
    config = image["config"]
    files = min(65_536, resource.getrlimit(resource.RLIMIT_NOFILE)[1])
    uid, gid = map(int, config["User"].split(":"))
    own = {"PORT": str(port), "IRIS_GRPC_ADDR": "off"}
    # A collector that nobody runs, so that traces fill their buffer.
    own |= {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1", "IRIS_TRACE_BUFFER": buffer}
    given = dict(variable.split("=", 1) for variable in config["Env"])
    spec["process"] |= {
        "terminal": False,
        "args": config["Entrypoint"] + (config.get("Cmd") or []),
        "env": [f"{name}={value}" for name, value in (given | own).items()],
        "user": {"uid": uid, "gid": gid},
        "noNewPrivileges": True,
        "capabilities": {kind: [] for kind in spec["process"]["capabilities"]},
        "rlimits": [{"type": "RLIMIT_NOFILE", "hard": files, "soft": files}],
    }
    spec["root"]["readonly"] = True
    # The loopback of this machine, so that the load reaches it.
    spec["linux"]["namespaces"] = [each for each in spec["linux"]["namespaces"] if each["type"] != "network"]
    spec["linux"]["resources"] = {
        "memory": {"limit": memory, "swap": memory},
        "cpu": {"quota": int(cpus * PERIOD), "period": PERIOD},
    }
    (folder / "config.json").write_text(json.dumps(spec))
    return image
