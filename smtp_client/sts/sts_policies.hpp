// StsPolicies: the MTA-STS policies that are in force, by domain; in memory, with a copy on disk
// that is read at the start.
// Source: RFC 8461 sections 3.1 (a policy stays valid without its record), 3.3 (when it is fetched
// again), 5.1.
// Owner: agent; let_go() comes before its end. Runs on: the dispatcher's loop; files on `disk`.
// Limits: max_domains policies; a domain is asked about once in look_lifetime, whatever came of
//         it, and by one question or fetch at a time; look_limit for both together.
// Errors: none. What cannot be found out is no policy, a cached one stays; a folder that cannot be
//         read or written costs only the copy.
#pragma once

#include <chrono>
#include <deque>
#include <filesystem>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "runtime/task_group.hpp"
#include "runtime/wake_signal.hpp"
#include "smtp_client/dns/resolver.hpp"
#include "smtp_client/sts/sts_folder.hpp"
#include "smtp_client/sts/sts_source.hpp"

namespace greyhound::smtp {

class StsPolicies {
 public:
  using Policy = std::shared_ptr<const StoredStsPolicy>;  // nullptr: none is in force

  static constexpr std::size_t max_domains = StsFolder::max_domains;
  static constexpr std::chrono::minutes look_lifetime{5};
  static constexpr std::chrono::seconds look_limit{90};
  static constexpr std::chrono::minutes between_rounds{10};
  static constexpr std::chrono::hours refresh_age{24};  // or half of its life, if that is shorter

  struct Parts {  // references that outlive this
    Resolver& resolver;
    StsSource& source;
    Clock& clock;
    EventLog& log;
    Executor disk;  // a thread that may wait for the disk
  };

  StsPolicies(const Executor& home, const std::filesystem::path& folder, Parts parts);

  void load();   // reads the files; waits for the disk
  void start();  // from now on policies are fetched anew before they expire

  Awaitable<Policy> in_force(std::string domain);

  // Begins to find out what in_force() will be asked for.
  void look_ahead(const std::string& domain) { latest_look(domain); }

  // The same where what is in force seems to be out of date, whatever the record says.
  Awaitable<Policy> fetched_anew(std::string domain);

  Awaitable<> let_go();

 private:
  enum class Wanted : std::uint8_t { if_changed, anew };

  // One question about a domain, and the fetch that may follow it.
  struct Look {
    Look(const Executor& home, Wanted what, SteadyInstant now)
        : wanted(what), begin(now), done(home) {}
    Wanted wanted;
    SteadyInstant begin;
    bool is_done = false;
    bool has_found = false;  // there was a policy in force in the end
    WakeSignal done;
  };
  using LookPtr = std::shared_ptr<Look>;

  struct Kept {
    Policy policy;
    Instant refresh_at;
  };

  LookPtr recent_look(const std::string& domain) const;
  LookPtr latest_look(const std::string& domain);
  LookPtr begin_look(const std::string& domain, Wanted wanted);
  void forget_old_looks();
  Awaitable<> until_done(LookPtr look);
  Awaitable<> run(std::string domain, LookPtr look);
  Awaitable<> fetch(std::string domain, std::string id);
  Awaitable<> look_anew(std::string domain);

  Policy valid(const std::string& domain) const;
  void keep(Policy policy);
  void drop(const std::string& domain);
  Awaitable<> save(Policy policy);
  Awaitable<> remove(std::string domain);

  Awaitable<> keep_fresh();
  Awaitable<> refresh(std::string domain);
  void drop_expired();

  Parts parts_;
  StsFolder folder_;
  std::unordered_map<std::string, Kept> kept_;
  std::unordered_map<std::string, LookPtr> looks_;
  std::deque<std::pair<std::string, LookPtr>> looks_by_age_;
  TaskGroup tasks_;
};

}  // namespace greyhound::smtp
