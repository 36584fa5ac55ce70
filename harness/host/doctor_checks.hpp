// The doctor's checks, one function each; doctor.cpp lists them in the order of the report.
#pragma once

#include <string>

#include "host/doctor.hpp"

namespace faultlab::host {

struct Patient {
  std::string data_folder;
  std::string root;
};

Check ok(std::string name, std::string finding);
Check limited(std::string name, std::string finding, std::string remedy, std::vector<Fix> fixes = {});
Check missing_check(std::string name, const Lack& lack);
// ok with the finding where nothing is lacking.
Check by_lack(std::string name, const std::optional<Lack>& lack, std::string finding);

// doctor_memory.cpp
Check check_memory_cgroup(const Patient&);
Check check_cgroup_swap(const Patient&);
Check check_swap_areas(const Patient&);
Check check_cachestat(const Patient&);
Check check_mincore(const Patient&);
Check check_psi(const Patient&);
Check check_task_io(const Patient&);
Check check_delay_accounting(const Patient&);
Check check_huge_pages(const Patient&);
Check check_background_reclaim(const Patient&);
Check check_mglru(const Patient&);

// doctor_machine.cpp
Check check_page_size(const Patient&);
Check check_cores(const Patient&);
Check check_virtualisation(const Patient&);
Check check_governor(const Patient&);
Check check_turbo(const Patient&);
Check check_perf_events(const Patient&);
Check check_tracefs(const Patient&);
Check check_lockdown(const Patient&);
Check check_systemd(const Patient&);
Check check_python(const Patient&);

// doctor_data.cpp
Check check_file_system(const Patient&);
Check check_free_space(const Patient&);
Check check_read_ahead(const Patient&);
Check check_rotational(const Patient&);

}  // namespace faultlab::host
