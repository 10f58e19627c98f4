"""What a private node's folder of applications holds."""

from __future__ import annotations

from pathlib import Path

from runoff.services import rabbitmq_plugins


def application(plugins: Path, name: str, needs: str) -> None:
    folder = plugins / f"{name}-1.2.3" / "ebin"
    folder.mkdir(parents=True)
    (folder / f"{name}.app").write_text(f"{{application, '{name}', [\n{{applications, [kernel,{needs}]}}]}}.\n")


def test_it_is_linked_with_what_it_needs_and_nothing_else(tmp_path):
    script = tmp_path / "release" / "sbin" / "rabbitmq-server"
    script.parent.mkdir(parents=True)
    script.touch()
    (tmp_path / "rabbitmq-server").symlink_to(script)
    plugins = tmp_path / "release" / "plugins"
    (plugins / "README").parent.mkdir()
    (plugins / "README").touch()
    application(plugins, "rabbit", "ra,\n  ranch")
    application(plugins, "ra", "aten")
    application(plugins, "aten", "ra")
    application(plugins, "ranch", "ssl")
    application(plugins, "rabbitmq_shovel", "rabbit")
    assert rabbitmq_plugins.link_needed(tmp_path / "rabbitmq-server", tmp_path / "into")
    assert sorted(path.name for path in (tmp_path / "into").iterdir()) == [
        "aten-1.2.3",
        "ra-1.2.3",
        "rabbit-1.2.3",
        "ranch-1.2.3",
    ]
    assert (tmp_path / "into" / "ra-1.2.3" / "ebin" / "ra.app").exists()


def test_nothing_is_made_for_a_release_of_another_layout(tmp_path):
    script = tmp_path / "rabbitmq-server"
    script.touch()
    assert not rabbitmq_plugins.link_needed(script, tmp_path / "into")
    assert not (tmp_path / "into").exists()
