"""Conversation: the last turn becomes a question that stands alone, without a language model."""

from wenyuan.conversation.protocol import Rewriter, Standalone
from wenyuan.conversation.rewriter import RuleRewriter

__all__ = ["Rewriter", "RuleRewriter", "Standalone"]
