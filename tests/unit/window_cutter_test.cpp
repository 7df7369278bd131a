// What the cutter makes of the edges of one `infer`: its pieces to the sample, or the reason why it
// does not count.
#include <doctest/doctest.h>

#include "rig/run/window_cutter.hpp"

using namespace jr;

namespace {

constexpr CutRule kRule{1e-5, 0.5, 0.0002};  // 50,000 samples of idle, 20 of guard

InferTrace seen(std::vector<Edge> mark) { return {100'000, 25, 2.001, std::move(mark)}; }
Edge rise(std::uint64_t ordinal) { return {ordinal, 0, true}; }
Edge fall(std::uint64_t ordinal) { return {ordinal, 0, false}; }

bool says(const CutWindow& cut, const char* words) {
  return cut.invalid.find(words) != std::string::npos;
}

}  // namespace

TEST_CASE(
    "a clean infer is cut at its edges with idle, guard and settled piece of the exact lengths") {
  const CutWindow cut = cut_window(seen({rise(100'060), fall(300'060)}), kRule);
  CHECK(cut.invalid.empty());
  CHECK(cut.idle_before.label == WindowLabel::idle);
  CHECK(cut.idle_before.start == 50'000);
  CHECK(cut.idle_before.end == 100'000);
  CHECK(cut.infer.label == WindowLabel::infer);
  CHECK(cut.infer.found_by == FoundBy::edges);
  CHECK(cut.infer.start == 100'060);
  CHECK(cut.infer.end == 300'060);
  CHECK(cut.infer.events == 25);
  CHECK(cut.guard.label == WindowLabel::guard);
  CHECK(cut.guard.start == 300'060);
  CHECK(cut.guard.end == 300'080);
  CHECK(cut.settled.label == WindowLabel::guard);
  CHECK(cut.settled.start == 300'080);
  CHECK(cut.settled.end == 300'100);
  CHECK(cut.idle_after.end - cut.idle_after.start == 50'000);
  CHECK(cut.end() == cut.idle_after.end);
}

TEST_CASE(
    "the idle after begins when the reply had surely been sent: its time beyond the window and 5 "
    "ms") {
  InferTrace trace = seen({rise(100'060), fall(300'060)});
  trace.asked_to_reply_s = 2.001;  // 1 ms more than the window
  CHECK(cut_window(trace, kRule).idle_after.start == doctest::Approx(300'060 + 600).epsilon(1e-5));
  trace.asked_to_reply_s = 2.1;
  CHECK(cut_window(trace, kRule).idle_after.start ==
        doctest::Approx(300'060 + 10'500).epsilon(1e-5));
}

TEST_CASE(
    "a host clock that makes the reply earlier than the window still leaves 5 ms and both guards") {
  InferTrace trace = seen({rise(100'060), fall(300'060)});
  trace.asked_to_reply_s = 1.9;
  CHECK(cut_window(trace, kRule).idle_after.start == 300'060 + 500);
  CutRule wide = kRule;
  wide.guard_s = 0.01;
  CHECK(cut_window(trace, wide).idle_after.start == 300'060 + 2'000);
}

TEST_CASE("a part of a sample of idle or guard is rounded up to a whole one") {
  CutRule rule = kRule;
  rule.guard_s = 0.000201;
  rule.idle_s = 0.500001;
  const CutWindow cut = cut_window(seen({rise(100'060), fall(300'060)}), rule);
  CHECK(cut.guard.end - cut.guard.start == 21);
  CHECK(cut.idle_before.end - cut.idle_before.start == 50'001);
}

TEST_CASE("a guard of nothing leaves two empty pieces, not two of garbage") {
  CutRule rule = kRule;
  rule.guard_s = 0;
  const CutWindow cut = cut_window(seen({rise(100'060), fall(300'060)}), rule);
  CHECK(cut.invalid.empty());
  CHECK(cut.guard.start == cut.guard.end);
  CHECK(cut.settled.start == cut.settled.end);
}

TEST_CASE("an idle that would begin before the stream is shortened to what there is") {
  InferTrace trace = seen({rise(1'060), fall(300'060)});
  trace.asked = 1'000;
  const CutWindow cut = cut_window(trace, kRule);
  CHECK(cut.idle_before.start == 0);
  CHECK(cut.idle_before.end == 1'000);
}

TEST_CASE("without an edge the window does not count and the wire is what to look at") {
  const CutWindow cut = cut_window(seen({}), kRule);
  CHECK(says(cut, "never moved"));
  CHECK(says(cut, "bench file"));
  CHECK(cut.infer.start == cut.infer.end);
}

TEST_CASE("one edge alone does not make a window, and which one it was is told") {
  CHECK(says(cut_window(seen({rise(100'060)}), kRule), "rose and never fell"));
  CHECK(says(cut_window(seen({fall(100'060)}), kRule), "fell without having risen"));
}

TEST_CASE("a line that falls before it rises is called inverted") {
  CHECK(says(cut_window(seen({fall(100'060), rise(300'060)}), kRule), "inverted"));
}

TEST_CASE("three edges or more are counted and refused") {
  CHECK(says(cut_window(seen({rise(100'060), fall(200'000), rise(300'060)}), kRule), "3 edges"));
  CHECK(says(cut_window(seen({rise(1'001), fall(2'000), rise(3'000), fall(4'000)}), kRule),
             "4 edges"));
}

TEST_CASE(
    "a reply more than 5 s after the window makes it invalid, one just before that does not") {
  InferTrace trace = seen({rise(100'060), fall(300'060)});
  trace.asked_to_reply_s = 2.0 + 5.1;
  CHECK(says(cut_window(trace, kRule), "more than 5 s"));
  trace.asked_to_reply_s = 2.0 + 4.9;
  CHECK(cut_window(trace, kRule).invalid.empty());
}

TEST_CASE("warm-ups before the edges delay the reply by their own time and no more") {
  InferTrace trace = seen({rise(100'060), fall(300'060)});  // 80 ms an inference
  trace.warmups = 100;
  trace.asked_to_reply_s = 2.0 + 8.0;
  const CutWindow cut = cut_window(trace, kRule);
  CHECK(cut.invalid.empty());
  CHECK(cut.idle_after.start >= 300'060 + 800'000);
  trace.asked_to_reply_s = 2.0 + 17.5;
  CHECK(says(cut_window(trace, kRule), "more than 5 s"));
  trace.warmups = 0;
  trace.asked_to_reply_s = 2.0 + 8.0;
  CHECK(says(cut_window(trace, kRule), "more than 5 s"));
}

TEST_CASE("a MARK that rose before the board was asked belongs to something else") {
  CHECK(says(cut_window(seen({rise(99'999), fall(300'060)}), kRule), "before the board was asked"));
}

TEST_CASE("a phase or a sham is cut by the same rules and keeps its own label") {
  for (const WindowLabel label : {WindowLabel::preprocess, WindowLabel::invoke,
                                  WindowLabel::postprocess, WindowLabel::sham}) {
    InferTrace trace = seen({rise(100'060), fall(300'060)});
    const CutWindow infer = cut_window(trace, kRule);
    trace.label = label;
    const CutWindow cut = cut_window(trace, kRule);
    CHECK(cut.invalid.empty());
    CHECK(cut.infer.label == label);
    CHECK(cut.infer.events == 25);
    CHECK(cut.infer.start == infer.infer.start);
    CHECK(cut.infer.end == infer.infer.end);
    CHECK(cut.idle_after.start == infer.idle_after.start);
    trace.mark.clear();
    CHECK(says(cut_window(trace, kRule), "never moved"));
  }
}

TEST_CASE("an idle piece that the window before left is this window's idle before, to the sample") {
  InferTrace trace = seen({rise(100'060), fall(300'060)});
  trace.shared_idle = cut_window(seen({rise(20'000), fall(40'000)}), kRule).idle_after;
  const CutWindow cut = cut_window(trace, kRule);
  CHECK(cut.idle_before.start == trace.shared_idle->start);
  CHECK(cut.idle_before.end == trace.shared_idle->end);
  CHECK(cut.idle_before.label == WindowLabel::idle);
  CHECK(cut.idle_after.start > cut.infer.end);
  trace.mark.clear();
  CHECK(cut_window(trace, kRule).idle_before.start == trace.shared_idle->start);
}

TEST_CASE("the shortest window, one sample long, is cut as such") {
  InferTrace trace = seen({rise(100'060), fall(100'061)});
  trace.asked_to_reply_s = 0.001;
  const CutWindow cut = cut_window(trace, kRule);
  CHECK(cut.invalid.empty());
  CHECK(cut.infer.end - cut.infer.start == 1);
}
