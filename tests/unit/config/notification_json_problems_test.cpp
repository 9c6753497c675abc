// What is said of a bad notification.json.
#include "unit/config/bad_input.hpp"

namespace greyhound::config {
namespace {

using Severity = Problem::Severity;

constexpr auto notification_file = "notification.json";

INSTANTIATE_TEST_SUITE_P(
    NotificationJson,
    BadInput,
    testing::Values(Bad{"Twice",
                        notification_file,
                        "{ \"delay\": {},\n \"delay\": {} }",
                        Severity::error,
                        2,
                        "/delay",
                        "stands twice, first in line 1",
                        "remove one of them"},
                    Bad{"WordForTruth",
                        notification_file,
                        "{ \"delay\": { \"enabled\": \"yes\" } }",
                        Severity::error,
                        1,
                        "/delay/enabled",
                        "is \"yes\", must be true or false",
                        "write true"},
                    Bad{"NoMailbox",
                        notification_file,
                        "{ \"postmaster\": { \"address\": \"post master\" } }",
                        Severity::error,
                        1,
                        "/postmaster/address",
                        "is \"post master\", must be a mail address or the part before its @",
                        "write for example \"postmaster\" or \"postmaster@example.org\""}),
    name_of);

}  // namespace
}  // namespace greyhound::config
