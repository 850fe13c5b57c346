from support_agent.memory import Memory, visitor_of


def test_a_visitor_is_told_of_a_subject_once():
    memory = Memory()
    assert memory.tell("7c1e", "invoice")
    assert not memory.tell("7c1e", "invoice")
    assert memory.tell("7c1e", "refund_request")
    assert memory.tell("90aa", "invoice")


def test_where_nobody_says_who_speaks_all_is_news():
    memory = Memory()
    assert memory.tell("", "invoice")
    assert memory.tell("", "invoice")


def test_the_visitor_stands_before_the_number_of_the_conversation():
    assert visitor_of("7c1e-1") == visitor_of("7c1e-2") == "7c1e"
    assert visitor_of("") == ""
