// The keys that sign the root of the DNS, as DS records. A list that has grown stale is replaced by
// dns.trust_anchor.
// Source: https://data.iana.org/root-anchors/root-anchors.xml (key signing keys of 2017 and 2024).
#pragma once

#include <array>

namespace greyhound::smtp {

constexpr std::array<const char*, 2> root_anchors{
    ". IN DS 20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D",
    ". IN DS 38696 8 2 683D2D0ACB8C9B712A1948B27F741219298D0A450D612C483AF444A4C0FB2B16"};

}  // namespace greyhound::smtp
