from support_agent.memory import Memory, visitor_of


def test_a_visitors_subject_is_remembered():
    memory = Memory()
    assert memory.recall("7c1e") is None
    memory.keep("7c1e", "invoice")
    assert memory.recall("7c1e") == "invoice"
    assert memory.recall("90aa") is None


def test_nobody_is_not_remembered():
    memory = Memory()
    memory.keep("", "invoice")
    assert memory.recall("") is None


def test_the_visitor_stands_before_the_number_of_the_conversation():
    assert visitor_of("7c1e-1") == visitor_of("7c1e-2") == "7c1e"
    assert visitor_of("") == ""
