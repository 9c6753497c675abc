#include "unit/cli/xml_element.hpp"

#include <gtest/gtest.h>

namespace greyhound::cli::testing {
namespace {

TEST(ParseXml, ReadsElementsAttributesAndText) {
  const auto root = parse_xml("<a b=\"1 &lt; 2\"><c/>x &amp; y</a>\n");

  ASSERT_TRUE(root);
  EXPECT_EQ(root->attributes.at("b"), "1 < 2");
  EXPECT_EQ(root->text, "x & y");
  EXPECT_EQ(elements(*root, "c").size(), 1U);
}

TEST(ParseXml, RefusesWhatIsNotWellFormed) {
  for (const auto* text : {"",
                           "<a>",
                           "<a></b>",
                           "<a><b></a></b>",
                           "<a/><a/>",
                           "text<a/>",
                           "<a b=1/>",
                           "<a b=\"1/>",
                           "<a b=\"<\"/>",
                           "<a b=\"1\" b=\"2\"/>",
                           "<a b=\"1\"c=\"2\"/>",
                           "<a>1 & 2</a>",
                           "<a>&eacute;</a>",
                           "<a>\x1b</a>",
                           "<a>\xff</a>",
                           "<a>\xef\xbf\xbe</a>"}) {
    EXPECT_FALSE(parse_xml(text)) << text;
  }
}

}  // namespace
}  // namespace greyhound::cli::testing
