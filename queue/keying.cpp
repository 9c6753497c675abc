#include "queue/keying.hpp"

#include <algorithm>

namespace greyhound::queue {
namespace {

constexpr std::uint32_t enough_taken = 3;           // one more makes nothing surer
constexpr Duration old_news = passes_are_kept / 4;  // of a pass: then the next one is worth a note

void note_pass(Keying& keying, KeyKind kind, const KeyLesson& lesson) {
  const PassedKey passed{.kind = kind, .hash = lesson.keys[kind], .at = lesson.at};
  std::erase_if(keying.passed, [&passed](const PassedKey& one) {
    return one.kind == passed.kind && one.hash == passed.hash;
  });
  if (keying.passed.size() >= most_passed_keys) keying.passed.erase(keying.passed.begin());
  keying.passed.push_back(passed);
}

// With the key that was not enough no shorter one is.
void note_refusal(Keying& keying, KeyKind narrowest, const KeyLesson& lesson) {
  for (const auto kind : all_key_kinds) {
    if (kind > narrowest) break;
    keying.of(kind) = {.taken = 0, .refused = lesson.at};
  }
  if (narrowest != KeyKind::triplet) return;
  std::erase_if(keying.passed, [&lesson](const PassedKey& one) {
    return one.kind == KeyKind::triplet && one.hash == lesson.keys[KeyKind::triplet];
  });
}

}  // namespace

std::string_view to_string(KeyKind kind) {
  switch (kind) {
    case KeyKind::source:
      return "source";
    case KeyKind::sender:
      return "sender";
    case KeyKind::triplet:
      break;
  }
  return "triplet";
}

std::optional<Instant> Keying::passed_at(KeyKind kind, const GreylistKeys& keys) const {
  const auto found = std::find_if(passed.rbegin(), passed.rend(), [&](const PassedKey& one) {
    return one.kind == kind && one.hash == keys[kind];
  });
  if (found == passed.rend()) return std::nullopt;
  return found->at;
}

std::optional<KeyKind> Keying::narrowest_passed(const GreylistKeys& keys, Instant since) const {
  std::optional<KeyKind> narrowest;
  for (const auto kind : all_key_kinds) {
    const auto at = passed_at(kind, keys);
    if (at && *at >= since) narrowest = kind;
  }
  return narrowest;
}

Keying with_lesson(Keying keying, const KeyLesson& lesson) {
  const auto narrowest = keying.narrowest_passed(lesson.keys, lesson.at - passes_are_kept);
  if (narrowest && lesson.is_early) {
    if (!lesson.has_passed) {
      note_refusal(keying, *narrowest, lesson);
    } else {
      ++keying.of(*narrowest).taken;
    }
  }
  if (!lesson.has_passed) return keying;
  for (const auto kind : all_key_kinds)
    note_pass(keying, kind, lesson);
  return keying;
}

bool is_news(const Keying& keying, const KeyLesson& lesson) {
  const auto narrowest = keying.narrowest_passed(lesson.keys, lesson.at - passes_are_kept);
  if (!lesson.has_passed) return narrowest.has_value() && lesson.is_early;
  if (!narrowest || !lesson.is_early) return true;
  if (keying.of(*narrowest).taken < enough_taken) return true;
  const auto passed = keying.passed_at(*narrowest, lesson.keys);
  return !passed || lesson.at - *passed > old_news;
}

}  // namespace greyhound::queue
