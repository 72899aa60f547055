"""A request as the JSON body of `POST /chat/completions`, in the way the endpoint's profile wants it."""

from __future__ import annotations

from typing import Any

from wenyuan.chat.profile import Profile
from wenyuan.types import Message, Request, ToolCall, ToolSchema


def body_of(request: Request, model: str, profile: Profile) -> dict[str, Any]:
    """The body; what the profile does not allow is left out."""
    body: dict[str, Any] = {
        "model": model,
        "messages": [_message(message, profile) for message in request.messages],
        "stream": profile.stream,
    }
    if profile.stream and profile.stream_usage:
        body["stream_options"] = {"include_usage": True}
    if profile.temperature is not None:
        body["temperature"] = profile.temperature
    if request.max_tokens is not None:
        body[profile.max_tokens_field] = request.max_tokens
    if request.tools:
        body |= _tools(request, profile)
    if request.schema is not None and profile.json_schema:
        reply = {"name": "reply", "schema": request.schema, "strict": False}
        body["response_format"] = {"type": "json_schema", "json_schema": reply}
    return {**body, **profile.extra}


def _tools(request: Request, profile: Profile) -> dict[str, Any]:
    choice = "auto" if request.choice == "required" and not profile.required_choice else request.choice
    tools: dict[str, Any] = {"tools": [_tool(tool) for tool in request.tools], "tool_choice": choice}
    if profile.parallel_calls is not None:
        tools["parallel_tool_calls"] = profile.parallel_calls
    return tools


def _tool(tool: ToolSchema) -> dict[str, Any]:
    function = {"name": tool.name, "description": tool.description, "parameters": tool.parameters}
    return {"type": "function", "function": function}


def _message(message: Message, profile: Profile) -> dict[str, Any]:
    if message.role == "tool":
        return {"role": "tool", "tool_call_id": message.call_id, "content": message.content}
    if not message.calls:
        return {"role": message.role, "content": message.content}
    said = {
        "role": "assistant",
        "content": message.content or (None if profile.null_content else ""),
        "tool_calls": [_call(call) for call in message.calls],
    }
    if profile.echo_reasoning:
        said[profile.echo_reasoning] = message.reasoning or ""
    return said


def _call(call: ToolCall) -> dict[str, Any]:
    return {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
