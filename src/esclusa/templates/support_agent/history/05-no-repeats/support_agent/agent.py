"""The agent: a conversation in, an answer out.

The order the customer speaks of is looked up first, then the intent is chosen, then the reply is
written around what the tools found.
"""

from __future__ import annotations

from dataclasses import dataclass
from time import monotonic

from support_agent.intents import Decision, IntentChooser
from support_agent.language import language_of
from support_agent.memory import Memory, visitor_of
from support_agent.model import Usage
from support_agent.replies import Reply, ReplyWriter
from support_agent.settings import Settings
from support_agent.tools import Order, OrderIds, Orders, request_refund

ORDER_INTENTS = frozenset({"order_status", "cancel_order", "change_address", "invoice"})


@dataclass(frozen=True)
class Answer:
    """What the customer reads, and how it came about."""

    text: str
    intent: str
    language: str
    tool: str | None
    decided_by: str
    written_by: str
    fallback: str | None
    usage: Usage


@dataclass(frozen=True)
class ToolResult:
    """Which tool was used, how it went, and the values for the reply's facts."""

    tool: str | None
    outcome: str
    values: dict[str, object]


class Agent:
    """Answers customers of the shop."""

    def __init__(
        self,
        settings: Settings,
        order_ids: OrderIds,
        orders: Orders,
        chooser: IntentChooser,
        writers: dict[str, ReplyWriter],
    ) -> None:
        self._settings = settings
        self._order_ids = order_ids
        self._orders = orders
        self._chooser = chooser
        self._writers = writers
        self._memory = Memory()

    async def answer(self, messages: list[str], conversation: str = "") -> Answer:
        """The answer to the last of the customer's messages, given the ones before.

        `conversation` is the id that the chat window gives it, if it does: what its visitor has been
        told is not said again, and the text is empty.
        """
        message = messages[-1]
        deadline = monotonic() + self._settings.reply.budget_seconds
        order_id = self._order_ids.last_in(messages)
        order = self._orders.lookup_order(order_id) if order_id else None
        decision = await self._chooser.choose(
            message, deadline - monotonic(), self._settings.timeout_seconds
        )
        result = _use_tool(decision.intent, order_id, order)
        language = language_of(message)
        if not self._memory.tell(visitor_of(conversation), decision.intent):
            return _answer(decision, result, Reply("", "memory", None), language)
        reply = await self._write(message, language, decision.intent, result, deadline)
        return _answer(decision, result, reply, language)

    async def _write(
        self, message: str, language: str, intent: str, result: ToolResult, deadline: float
    ) -> Reply:
        writer = self._writers[language]
        if not self._settings.free_text:
            return writer.plain(intent, result.outcome, result.values, why="flag")
        return await writer.write(
            message, intent, result.outcome, result.values, deadline - monotonic()
        )


def _use_tool(intent: str, order_id: str | None, order: Order | None) -> ToolResult:
    if intent == "refund_request":
        tool, use = "request_refund", request_refund
    elif intent in ORDER_INTENTS:
        tool, use = "lookup_order", lambda found: found.state
    else:
        return ToolResult(None, "answer", {})
    if order_id is None:
        return ToolResult(None, "no_order", {})
    if order is None:
        return ToolResult(tool, "unknown_order", {"order": order_id})
    values = {"order": order_id, "days": order.days, "total": order.total}
    return ToolResult(tool, use(order), values)


def _answer(decision: Decision, result: ToolResult, reply: Reply, language: str) -> Answer:
    return Answer(
        text=reply.text,
        intent=decision.intent,
        language=language,
        tool=result.tool,
        decided_by=decision.decided_by,
        written_by=reply.written_by,
        fallback=reply.fallback,
        usage=decision.usage + reply.usage,
    )
