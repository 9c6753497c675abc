#include "smtp_client/dns/raw_resolver.hpp"

#include <utility>

#include "mail/address.hpp"
#include "smtp_client/dns/mx_rdata.hpp"
#include "smtp_client/dns/tlsa_rdata.hpp"
#include "smtp_client/dns/txt_rdata.hpp"

namespace greyhound::smtp {
namespace {

// With its dots; one for each label and the root make 255 on the wire (RFC 1035 section 2.3.4).
constexpr std::size_t max_name_bytes = 253;

// `question` ("MX of a.example") begins the reason of a failure.
template <class Record>
DnsAnswer<Record> to_answer(const std::string& question,
                            const Result<RawAnswer>& result,
                            std::optional<Record> (*decode)(std::span<const std::uint8_t>)) {
  DnsAnswer<Record> answer{.status = DnsStatus::failed};
  answer.reason = question + ": ";
  if (!result) {
    answer.reason += result.error().what;
    return answer;
  }
  if (result->rcode == rcode_no_such_name) return {.status = DnsStatus::no_such_name};
  if (result->rcode != rcode_no_error) {
    answer.reason += rcode_text(result->rcode);
    return answer;
  }
  if (result->records.empty()) return {.status = DnsStatus::no_data};
  for (const auto& rdata : result->records) {
    if (auto record = decode(rdata)) answer.records.push_back(std::move(*record));
  }
  answer.reason += "malformed records";
  if (answer.records.empty()) return answer;
  answer.status = DnsStatus::found;
  answer.is_secure = result->is_secure;
  answer.canonical = result->canonical;
  answer.reason.clear();
  return answer;
}

}  // namespace

Awaitable<DnsAnswer<MxRecord>> RawResolver::mx(std::string domain) {
  const auto result = co_await resolve(domain, RecordType::mx);
  co_return to_answer<MxRecord>("MX of " + domain, result, decode_mx);
}

Awaitable<DnsAnswer<IpAddress>> RawResolver::a(std::string host) {
  const auto result = co_await resolve(host, RecordType::a);
  co_return to_answer<IpAddress>("A of " + host, result, decode_a);
}

Awaitable<DnsAnswer<IpAddress>> RawResolver::aaaa(std::string host) {
  const auto result = co_await resolve(host, RecordType::aaaa);
  co_return to_answer<IpAddress>("AAAA of " + host, result, decode_aaaa);
}

Awaitable<DnsAnswer<mail::TlsaRecord>> RawResolver::tlsa(std::string name) {
  const auto result = co_await resolve(name, RecordType::tlsa);
  co_return to_answer<mail::TlsaRecord>("TLSA of " + name, result, decode_tlsa);
}

Awaitable<DnsAnswer<std::string>> RawResolver::txt(std::string name) {
  const auto result = co_await resolve(name, RecordType::txt);
  co_return to_answer<std::string>("TXT of " + name, result, decode_txt);
}

Awaitable<Result<RawAnswer>> RawResolver::resolve(std::string name, RecordType type) {
  if (!mail::is_host_name(name)) co_return Error{Fault::protocol, "not a name of the DNS"};
  if (name.size() > max_name_bytes) co_return RawAnswer{.rcode = rcode_no_such_name};
  co_return co_await clock_.within(timeout_, ask(std::move(name), type));
}

}  // namespace greyhound::smtp
