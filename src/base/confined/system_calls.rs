//! The system calls of a confined process.

use std::collections::BTreeMap;
use std::io;

use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
    TargetArch, apply_filter,
};

/// A list of system calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SystemCalls {
    /// Those of a process that reads and writes what it has open, waits, and opens connections over IPv4. All
    /// others fail as if the system did not have them.
    Internet,
    /// As [`Self::Internet`], but no connection is opened; and pairs of sockets, and the size of terminals:
    /// for a server that has its socket open.
    Server,
    /// All but those that only an administrator's programs need, which are not permitted: for programs that
    /// others wrote.
    Programs,
}

/// Reading, writing, waiting, memory, threads, time, and the end.
const FEW: &[i64] = &[
    libc::SYS_accept4,
    libc::SYS_bind,
    libc::SYS_brk,
    libc::SYS_clock_gettime,
    libc::SYS_clock_nanosleep,
    libc::SYS_close,
    libc::SYS_connect,
    libc::SYS_dup,
    libc::SYS_epoll_create1,
    libc::SYS_epoll_ctl,
    libc::SYS_epoll_pwait,
    libc::SYS_epoll_wait,
    libc::SYS_eventfd2,
    libc::SYS_exit,
    libc::SYS_exit_group,
    libc::SYS_fcntl,
    libc::SYS_fstat,
    libc::SYS_futex,
    libc::SYS_getpeername,
    libc::SYS_getpid,
    libc::SYS_getrandom,
    libc::SYS_getsockname,
    libc::SYS_getsockopt,
    libc::SYS_gettid,
    libc::SYS_gettimeofday,
    libc::SYS_getuid,
    libc::SYS_lseek,
    libc::SYS_madvise,
    libc::SYS_mmap,
    libc::SYS_mprotect,
    libc::SYS_mremap,
    libc::SYS_munmap,
    libc::SYS_nanosleep,
    libc::SYS_newfstatat,
    libc::SYS_poll,
    libc::SYS_ppoll,
    libc::SYS_prctl,
    libc::SYS_pread64,
    libc::SYS_preadv,
    libc::SYS_read,
    libc::SYS_readv,
    libc::SYS_recvfrom,
    libc::SYS_recvmsg,
    libc::SYS_restart_syscall,
    libc::SYS_rseq,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sched_getaffinity,
    libc::SYS_sched_yield,
    libc::SYS_sendmsg,
    libc::SYS_sendto,
    libc::SYS_set_robust_list,
    libc::SYS_setsockopt,
    libc::SYS_shutdown,
    libc::SYS_sigaltstack,
    libc::SYS_statx,
    libc::SYS_tgkill,
    libc::SYS_write,
    libc::SYS_writev,
];

/// Calls that change the machine, look into other processes, or have let programs out of sandboxes.
const OF_ADMINISTRATORS: &[i64] = &[
    libc::SYS_acct,
    libc::SYS_add_key,
    libc::SYS_bpf,
    libc::SYS_chroot,
    libc::SYS_clock_adjtime,
    libc::SYS_clock_settime,
    libc::SYS_delete_module,
    libc::SYS_fanotify_init,
    libc::SYS_finit_module,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fsopen,
    libc::SYS_init_module,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_io_uring_setup,
    libc::SYS_ioperm,
    libc::SYS_iopl,
    libc::SYS_kcmp,
    libc::SYS_kexec_file_load,
    libc::SYS_kexec_load,
    libc::SYS_keyctl,
    libc::SYS_mount,
    libc::SYS_mount_setattr,
    libc::SYS_move_mount,
    libc::SYS_name_to_handle_at,
    libc::SYS_open_by_handle_at,
    libc::SYS_open_tree,
    libc::SYS_perf_event_open,
    libc::SYS_pidfd_getfd,
    libc::SYS_pivot_root,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_ptrace,
    libc::SYS_quotactl,
    libc::SYS_reboot,
    libc::SYS_request_key,
    libc::SYS_setns,
    libc::SYS_settimeofday,
    libc::SYS_swapoff,
    libc::SYS_swapon,
    libc::SYS_syslog,
    libc::SYS_umount2,
    libc::SYS_unshare,
    libc::SYS_userfaultfd,
];

/// Calls that fail as if this system lacked them, so that a program uses an older one: their arguments lie in
/// memory, where a filter cannot see them.
const UNKNOWN: &[i64] = &[libc::SYS_clone3];

/// The address families of the sockets of other people's programs.
const FAMILIES: [i32; 4] = [libc::AF_UNIX, libc::AF_INET, libc::AF_INET6, libc::AF_NETLINK];

type Rules = BTreeMap<i64, Vec<SeccompRule>>;

impl SystemCalls {
    /// Applies the list to this thread and all that it starts.
    ///
    /// # Errors
    /// When the kernel has no filters of system calls.
    pub fn apply(self) -> io::Result<()> {
        let (absent, refused) = (libc::ENOSYS.unsigned_abs(), libc::EPERM.unsigned_abs());
        let (absent, refused) = (SeccompAction::Errno(absent), SeccompAction::Errno(refused));
        match self {
            Self::Internet => install(few()?, absent, SeccompAction::Allow),
            Self::Server => install(of_server()?, absent, SeccompAction::Allow),
            Self::Programs => {
                let unknown = UNKNOWN.iter().map(|call| (*call, Vec::new())).collect();
                install(unknown, SeccompAction::Allow, absent)?;
                install(of_administrators()?, SeccompAction::Allow, refused)
            }
        }
    }
}

fn install(rules: Rules, other: SeccompAction, listed: SeccompAction) -> io::Result<()> {
    let filter = SeccompFilter::new(rules, other, listed, TargetArch::x86_64).map_err(io::Error::other)?;
    let program: BpfProgram = filter.try_into().map_err(io::Error::other)?;
    apply_filter(&program).map_err(io::Error::other)
}

fn equal(argument: u8, mask: u64, value: i32) -> Condition {
    let value = u64::from(value.cast_unsigned());
    SeccompCondition::new(argument, SeccompCmpArgLen::Dword, SeccompCmpOp::MaskedEq(mask), value)
}

/// The whole of a 32-bit argument.
const WHOLE: u64 = 0xffff_ffff;

/// The part of a socket's type that is no flag.
const KIND: u64 = 0xf;

/// The few calls of our own processes.
fn few() -> io::Result<Rules> {
    let mut rules: Rules = FEW.iter().map(|call| (*call, Vec::new())).collect();
    let thread = libc::CLONE_THREAD | libc::CLONE_VM;
    rules.insert(libc::SYS_clone, vec![rule([equal(0, u64::from(thread.cast_unsigned()), thread)])?]);
    for request in [libc::FIONBIO, libc::FIONREAD] {
        let request = i32::try_from(request).map_err(io::Error::other)?;
        rules.entry(libc::SYS_ioctl).or_default().push(rule([equal(1, WHOLE, request)])?);
    }
    for kind in [libc::SOCK_STREAM, libc::SOCK_DGRAM] {
        let socket = rule([equal(0, WHOLE, libc::AF_INET), equal(1, KIND, kind)])?;
        rules.entry(libc::SYS_socket).or_default().push(socket);
    }
    Ok(rules)
}

/// The calls of a server.
fn of_server() -> io::Result<Rules> {
    let mut rules = few()?;
    for call in [libc::SYS_socket, libc::SYS_connect, libc::SYS_bind] {
        rules.remove(&call);
    }
    let pair = rule([equal(0, WHOLE, libc::AF_UNIX), equal(1, KIND, libc::SOCK_STREAM)])?;
    rules.insert(libc::SYS_socketpair, vec![pair]);
    Ok(rules)
}

/// What other people's programs may not call.
fn of_administrators() -> io::Result<Rules> {
    let mut rules: Rules = OF_ADMINISTRATORS.iter().map(|call| (*call, Vec::new())).collect();
    let namespaces = [
        libc::CLONE_NEWUSER,
        libc::CLONE_NEWNS,
        libc::CLONE_NEWNET,
        libc::CLONE_NEWPID,
        libc::CLONE_NEWIPC,
        libc::CLONE_NEWUTS,
        libc::CLONE_NEWCGROUP,
    ];
    for flag in namespaces {
        let one = rule([equal(0, u64::from(flag.cast_unsigned()), flag)])?;
        rules.entry(libc::SYS_clone).or_default().push(one);
    }
    let other = FAMILIES.map(|family| {
        let family = u64::from(family.cast_unsigned());
        SeccompCondition::new(0, SeccompCmpArgLen::Dword, SeccompCmpOp::Ne, family)
    });
    rules.insert(libc::SYS_socket, vec![rule(other)?]);
    Ok(rules)
}

type Condition = Result<SeccompCondition, seccompiler::BackendError>;

/// All of these conditions together.
fn rule<const N: usize>(conditions: [Condition; N]) -> io::Result<SeccompRule> {
    let conditions = conditions.into_iter().collect::<Result<_, _>>().map_err(io::Error::other)?;
    SeccompRule::new(conditions).map_err(io::Error::other)
}
