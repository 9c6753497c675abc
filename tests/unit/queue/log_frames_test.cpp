#include "queue/log_frames.hpp"

#include <random>

#include <gmock/gmock.h>

namespace greyhound::queue {
namespace {

constexpr std::size_t sector = 512;
constexpr std::uint64_t seed = 20'261'123;

// A log as it is written over what an older one left, of which nothing is valid any more.
class Log {
 public:
  explicit Log(std::uint64_t generation, std::string before = {})
      : generation_(generation), before_(std::move(before)) {
    if (before_.empty()) return;
    std::string first;
    put_frame(first, {.generation = generation}, {});
    before_.replace(0, first.size(), first);
  }

  void append(const std::string& piece) {
    starts_.push_back(frames_.size());
    put_frame(frames_, {.generation = generation_, .at = text_.size(), .synced = synced_}, piece);
    text_ += piece;
  }
  void sync() {
    synced_ = text_.size();
    synced_frames_ = frames_.size();
  }

  const std::string& text() const { return text_; }
  std::uint64_t synced() const { return synced_; }
  std::size_t start_of(std::size_t frame) const { return starts_.at(frame); }
  std::string file() const {
    return before_.size() > frames_.size() ? frames_ + before_.substr(frames_.size()) : frames_;
  }
  // Of each sector behind the last sync, what is there now or what was there before.
  std::string torn(std::mt19937_64& chance) const {
    auto left = file();
    for (auto at = synced_frames_; at < frames_.size(); at += sector) {
      if (chance() % 2 == 0) continue;
      if (at >= before_.size()) {
        left.resize(at);
        break;
      }
      const auto old = before_.substr(at, sector);
      left.replace(at, old.size(), old);
    }
    return left;
  }

 private:
  const std::uint64_t generation_;
  std::string before_;
  std::string frames_;
  std::string text_;
  std::vector<std::size_t> starts_;
  std::uint64_t synced_ = 0;
  std::size_t synced_frames_ = 0;
};

std::optional<LogMap> map_of(const std::string& file) {
  const auto map = map_log([&file](std::uint64_t place, std::size_t bytes) -> Result<std::string> {
    return place < file.size() ? file.substr(place, bytes) : std::string();
  });
  return map.value();
}

// What a reader sees; a part that is missing is question marks.
std::string text_in(const std::string& file) {
  const auto map = map_of(file);
  if (!map) return "no frames";
  std::string text(map->bytes, '?');
  for (const auto& piece : map->pieces)
    text.replace(piece.at, piece.bytes, file, piece.place, piece.bytes);
  return text;
}

Log older_log() {
  Log log(1);
  for (int i = 0; i < 40; ++i)
    log.append(std::string(700, 'o'));
  return log;
}

std::string piece_of(std::mt19937_64& chance) {
  return std::string(chance() % 3000, static_cast<char>('a' + chance() % 26));
}

TEST(LogFrames, AreReadBackInOrder) {
  Log log(7);
  log.append("first ");
  log.append(std::string(2000, 'x'));
  log.append(" last");

  EXPECT_EQ(text_in(log.file()), log.text());
  EXPECT_EQ(log.file().size() % sector, 0U);
}

TEST(LogFrames, AreNotInALogOfAnOlderVersion) {
  EXPECT_EQ(map_of(""), std::nullopt);
  EXPECT_EQ(map_of("short"), std::nullopt);
  EXPECT_EQ(map_of(std::string(4096, '\0')), std::nullopt);
  const std::string header("\x8a\x11\xd4\x09\x1c\x00\x01", 7);
  EXPECT_EQ(map_of(header + " a record of RocksDB's own, long enough"), std::nullopt);
}

TEST(LogFrames, OfAnOlderLogAreNoPartOfThisOne) {
  const auto older = older_log();

  for (const std::size_t size : {0U, 1U, 400U, 460U, 472U, 473U, 5000U}) {
    Log log(2, older.file());
    log.append(std::string(size, 'n'));
    EXPECT_EQ(text_in(log.file()), log.text()) << size;
  }
}

TEST(LogFrames, InTheContentOfAMessageAreContent) {
  std::string imitation;
  put_frame(imitation, {.generation = 3, .at = 1000, .synced = 1000}, "forged");
  Log log(2);
  log.append(std::string(sector - 40, ' ') + imitation);  // it begins a sector
  log.append("next");

  EXPECT_EQ(text_in(log.file()), log.text());
  EXPECT_EQ(text_in(log.file().substr(0, log.start_of(1))),
            log.text().substr(0, log.start_of(1) - 40));
}

TEST(LogFrames, ThatWereSyncedAreThereWhateverIsLeftOfTheOthers) {
  std::mt19937_64 chance(seed);
  const auto before = older_log().file();
  std::size_t short_ones = 0;
  for (int round = 0; round < 2000; ++round) {
    Log log(2 + round, round % 2 == 0 ? before : std::string());
    for (auto pieces = 1 + chance() % 12; pieces > 0; --pieces) {
      log.append(piece_of(chance));
      if (chance() % 3 == 0) log.sync();
    }
    const auto text = text_in(log.torn(chance));
    if (text == "no frames") {
      ASSERT_EQ(log.synced(), 0U) << "seed " << seed << ", round " << round;
      continue;
    }
    ASSERT_GE(text.size(), log.synced()) << "seed " << seed << ", round " << round;
    ASSERT_EQ(text, log.text().substr(0, text.size())) << "seed " << seed << ", round " << round;
    if (text.size() < log.text().size()) ++short_ones;
  }
  EXPECT_GT(short_ones, 100U);
}

TEST(LogFrames, ThatALaterOneCallsSyncedStayInTheLogHoweverDamaged) {
  Log log(5, older_log().file());
  for (int i = 0; i < 6; ++i) {
    log.append(std::string(900, static_cast<char>('a' + i)));
    log.sync();
  }
  const auto sound = log.file();
  const auto promised = log.synced() - 900;  // the last piece has no witness

  for (auto at = log.start_of(1); at < log.start_of(5); ++at) {
    auto damaged = sound;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
    const auto text = text_in(damaged);
    ASSERT_GE(text.size(), promised) << at;
    // Padding is nobody's; anything else shows.
    const auto in_frame = (at - log.start_of(1)) % framed_bytes(900);
    ASSERT_EQ(text == log.text(), in_frame >= 40 + 900) << at;
  }
}

TEST(LogFrames, OfAnErrorInReadingTellNothing) {
  const auto map = map_log(
      [](std::uint64_t, std::size_t) -> Result<std::string> { return Error{Fault::disk, "no"}; });

  EXPECT_EQ(map.error().fault, Fault::disk);
}

}  // namespace
}  // namespace greyhound::queue
