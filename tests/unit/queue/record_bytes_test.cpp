#include "queue/record_bytes.hpp"

#include <gtest/gtest.h>

#include "unit/queue/forged_record.hpp"

namespace greyhound::queue {
namespace {

using namespace std::chrono_literals;

TEST(RecordReader, NeverBelievesALengthThatTheRecordCannotHold) {
  RecordWriter writer(1);
  writer.number(UINT64_MAX);
  const auto record = std::move(writer).finish();

  auto text = RecordReader::open(record, 1);
  auto items = RecordReader::open(record, 1);
  ASSERT_TRUE(text && items);

  EXPECT_EQ(text->text(), "");
  EXPECT_TRUE(text->has_failed());
  EXPECT_EQ(items->count(1), 0U);
  EXPECT_TRUE(items->has_failed());
}

TEST(RecordReader, ReadsNumbersInTheirShortestFormOnly) {
  const auto padded = with_checksum(std::string("\1\x80\0", 3));
  const auto overflow = with_checksum("\1\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02");

  auto long_zero = RecordReader::open(padded, 1);
  auto too_large = RecordReader::open(overflow, 1);
  ASSERT_TRUE(long_zero && too_large);

  EXPECT_EQ(long_zero->number(), 0U);
  EXPECT_TRUE(long_zero->has_failed());
  EXPECT_EQ(too_large->number(), 0U);
  EXPECT_TRUE(too_large->has_failed());
}

TEST(RecordReader, GivesBackTheExtremesOfNumbers) {
  RecordWriter writer(1);
  writer.number(UINT64_MAX);
  writer.signed_number(INT64_MIN);
  writer.signed_number(INT64_MAX);
  writer.signed_number(-1);
  const auto record = std::move(writer).finish();

  auto reader = RecordReader::open(record, 1);
  ASSERT_TRUE(reader);

  EXPECT_EQ(reader->number(), UINT64_MAX);
  EXPECT_EQ(reader->signed_number(), INT64_MIN);
  EXPECT_EQ(reader->signed_number(), INT64_MAX);
  EXPECT_EQ(reader->signed_number(), -1);
  EXPECT_TRUE(reader->is_at_end() && !reader->has_failed());
}

}  // namespace
}  // namespace greyhound::queue
