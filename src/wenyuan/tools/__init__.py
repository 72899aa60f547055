"""Functions that a model may call: what they are, how their calls are checked, run and remembered, round by round."""

from wenyuan.tools.tool import Tool, Toolbox, ToolError, tool

__all__ = ["Tool", "ToolError", "Toolbox", "tool"]
