#include "mail/drop_file.hpp"

#include <gtest/gtest.h>

namespace greyhound::mail {
namespace {

TEST(DropFile, AnnouncesItsContentAsItIsRead) {
  EXPECT_EQ(drop_content_command(0), "BDAT 0 LAST\r\n");
  EXPECT_EQ(drop_content_size(drop_content_command(1234)), 1234U);
  EXPECT_EQ(drop_content_size("bdat 7 last\r\n"), 7U);
}

TEST(DropFile, IsAnnouncedByNothingElse) {
  for (const auto* const line : {"BDAT 7\r\n",
                                 "BDAT 7 LAST\n",
                                 "BDAT LAST\r\n",
                                 "BDAT  LAST\r\n",
                                 "BDAT -7 LAST\r\n",
                                 "BDAT 7x LAST\r\n",
                                 "BDAT 99999999999999999999 LAST\r\n",
                                 " BDAT 7 LAST\r\n",
                                 "DATA\r\n",
                                 ""}) {
    EXPECT_EQ(drop_content_size(line), std::nullopt) << line;
  }
}

}  // namespace
}  // namespace greyhound::mail
