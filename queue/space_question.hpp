// SpaceQuestion: a write with nothing to write. Before its batch, as before every one, free space
// is asked; nobody waits for it. After a batch that could not be written there is no room until one
// could, which takes something to write.
// Runs on: the storage lane.
#pragma once

#include "queue/fold_writer.hpp"
#include "queue/storage_lane.hpp"

namespace greyhound::queue {

class SpaceQuestion final : public LaneWrite {
 public:
  explicit SpaceQuestion(const FoldWriter& writer) : LaneWrite(WriteTraits{}), writer_(writer) {}

  Result<> apply(Changes& changes) override {
    if (writer_.is_failing()) changes.batch().put(Family::meta, "probe", "");
    return {};
  }
  void fail(const Error&) override {}
  void finish() override {}

 private:
  const FoldWriter& writer_;
};

}  // namespace greyhound::queue
