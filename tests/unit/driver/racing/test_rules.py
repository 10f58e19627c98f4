"""When a question is looked at."""

from __future__ import annotations

from runoff.driver.racing.rules import Rules


def test_a_question_is_looked_at_first_and_then_each_time_that_its_count_has_doubled():
    assert [count for count in range(30) if Rules("a", 3).is_look(count)] == [3, 6, 12, 24]
