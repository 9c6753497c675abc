#include "smtp_client/content/seven_bit_body.hpp"

#include <utility>

namespace greyhound::smtp {
namespace {

Awaitable<Result<SevenBitPlan>> survey(mail::BodySource* body) {
  SevenBitSurvey survey;
  body->rewind();
  for (;;) {
    const auto chunk = co_await body->next();
    if (!chunk) co_return chunk.error();
    if (chunk->empty()) break;
    survey.feed(*chunk);
  }
  co_return survey.finish();
}

// How large it becomes: SIZE has to say so before it is sent.
Awaitable<Result<std::uint64_t>> converted_size(mail::BodySource* body,
                                                std::vector<EntityChange> changes) {
  SevenBitConverter converter(std::move(changes));
  std::uint64_t size = 0;
  body->rewind();
  for (;;) {
    const auto chunk = co_await body->next();
    if (!chunk) co_return chunk.error();
    if (chunk->empty()) break;
    size += converter.convert(*chunk).size();
  }
  co_return size + converter.finish().size();
}

}  // namespace

SevenBitBody::SevenBitBody(mail::BodySource& original,
                           std::vector<EntityChange> changes,
                           std::uint64_t size_bytes)
    : original_(original),
      changes_(std::move(changes)),
      size_bytes_(size_bytes),
      converter_(changes_) {
  original_.rewind();
}

// A chunk may come to nothing for now; only the end is empty.
Awaitable<Result<std::string>> SevenBitBody::next() {
  std::string out;
  while (out.empty() && !is_finished_) {
    const auto chunk = co_await original_.next();
    if (!chunk) co_return chunk.error();
    is_finished_ = chunk->empty();
    out = is_finished_ ? converter_.finish() : converter_.convert(*chunk);
  }
  co_return out;
}

void SevenBitBody::rewind() {
  original_.rewind();
  converter_ = SevenBitConverter(changes_);
  is_finished_ = false;
}

Awaitable<Result<InSevenBits>> in_seven_bits(mail::BodySource* original) {
  auto plan = co_await survey(original);
  if (!plan) co_return plan.error();
  InSevenBits made{.problem = plan->problem};
  if (plan->changes.empty()) co_return made;
  const auto size = co_await converted_size(original, plan->changes);
  if (!size) co_return size.error();
  made.body = std::make_unique<SevenBitBody>(*original, std::move(plan->changes), *size);
  co_return made;
}

}  // namespace greyhound::smtp
