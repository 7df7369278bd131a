// Takes out of a text who ran it and where: what a person sends to strangers must not say so.
// Never touches serial numbers of instruments: those are what a report is about.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace jr {

class Anonymous {
 public:
  /// Who we are: home folder, user and host name of this process, by environment and by system.
  static Anonymous of_this_process();
  /// `home`: a path; `words`: names, replaced where they stand as whole words. Empty ones, and
  /// words of fewer than two letters, are left alone.
  Anonymous(const std::vector<std::string>& homes,
            const std::vector<std::pair<std::string, std::string>>& words);

  /// Home folders become "~", names become what stands beside them ("(user)", "(host)").
  std::string operator()(std::string text) const;

 private:
  std::vector<std::string> homes_;
  std::vector<std::pair<std::string, std::string>> words_;
};

}  // namespace jr
