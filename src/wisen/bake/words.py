"""Numbers, texts and names as C has them."""

from __future__ import annotations

import math
import re
from collections.abc import Container, Sequence
from typing import Any
from unicodedata import category

import numpy as np

from wisen.errors import BadProgram

TYPES = {
    "float32": "float",
    "float64": "double",
    "int64": "int64_t",
    "int32": "int32_t",
    "uint8": "uint8_t",
    "int8": "int8_t",
    "bool": "uint8_t",
    "object": "const char *",
    "str": "const char *",
}
"""The C type of each type of numpy."""
SIZES = {"float": 4, "double": 8, "int64_t": 8, "int32_t": 4, "uint8_t": 1, "int8_t": 1, "const char *": 8}
"""The bytes of each C type, on a machine of 64 bits."""
KEYWORDS = """
auto break case char const continue default do double else enum extern float for goto if inline int long register
restrict return short signed sizeof static struct switch typedef union unsigned void volatile while
alignas alignof and asm bool catch class compl const_cast constexpr decltype delete dynamic_cast explicit export false
friend mutable namespace new noexcept not nullptr operator or private protected public reinterpret_cast static_assert
static_cast template this thread_local throw true try typeid typename using virtual wchar_t xor
NAN INFINITY NULL EOF HUGE_VAL errno stdin stdout stderr input answer main
"""
MATH = """
acos acosh asin asinh atan atan2 atanh cabs cacos cacosh carg casin casinh catan catanh cbrt ccos ccosh ceil cexp
cimag clog conj copysign cos cosh cpow cproj creal csin csinh csqrt ctan ctanh drem erf erfc exp exp10 exp2 expm1 fabs
fdim finite floor fma fmax fmin fmod frexp gamma hypot ilogb isinf isnan j0 j1 jn ldexp lgamma llrint llround log
log10 log1p log2 logb lrint lround modf nan nearbyint nextafter nexttoward pow pow10 remainder remquo rint round scalb
scalbln scalbn significand sin sincos sinh sqrt tan tanh tgamma trunc y0 y1 yn
"""
LIBRARY = """
a64l abort abs accept accept4 access acct alarm aligned_alloc alloca alphasort asctime asctime_r asprintf
at_quick_exit atexit atof atoi atol atoll basename bcmp bcopy bind brk bsearch btowc bzero call_once calloc catclose
catgets catopen cfgetispeed cfgetospeed cfree cfsetispeed cfsetospeed chdir chmod chown chroot clearerr clock
clock_getcpuclockid clock_getres clock_gettime clock_nanosleep clock_settime clone close closedir closelog cnd_wait
confstr connect creat crypt ctermid ctime ctime_r daemon daylight difftime dirfd dirname div dlclose dlerror dlopen
dlsym dprintf drand48 dup dup2 dup3 duplocale ecvt encrypt endgrent endhostent endnetent endprotoent endpwent
endservent endutxent environ epoll_create epoll_ctl epoll_wait erand48 err errx eventfd execl execle execlp execv
execve execvp exit faccessat fallocate fchdir fchmod fchmodat fchown fchownat fclose fcloseall fcntl fcvt fdatasync
fdopen fdopendir feclearexcept fegetenv fegetexceptflag fegetround feholdexcept feof feraiseexcept ferror fesetenv
fesetexceptflag fesetround fetestexcept feupdateenv fexecve fflush ffs ffsl ffsll fgetc fgetpos fgets fgetwc fgetws
fileno flock flockfile fmemopen fnmatch fopen fork fpathconf fpclassify fprintf fputc fputs fputwc fputws fread free
freeaddrinfo freelocale freopen fscanf fseek fseeko fsetpos fstat fstatat fstatvfs fsync ftell ftello ftime ftok
ftruncate ftrylockfile ftw funlockfile futimens fwide fwprintf fwrite fwscanf gai_strerror gcvt getaddrinfo getc
getc_unlocked getchar getchar_unlocked getcontext getcwd getdate getdelim getegid getentropy getenv geteuid getgid
getgrent getgrgid getgrgid_r getgrnam getgrnam_r getgroups gethostbyaddr gethostbyname gethostent gethostid
gethostname getitimer getline getlogin getlogin_r getnameinfo getnetbyaddr getnetbyname getnetent getopt getpagesize
getpass getpeername getpgid getpgrp getpid getppid getpriority getprotobyname getprotobynumber getprotoent getpwent
getpwnam getpwnam_r getpwuid getpwuid_r getrandom getrlimit getrusage gets getservbyname getservbyport getservent
getsid getsockname getsockopt getsubopt gettimeofday getuid getutxent getutxid getutxline getw getwc getwchar glob
globfree gmtime gmtime_r grantpt hcreate hdestroy hsearch htonl htons iconv iconv_close iconv_open if_freenameindex
if_indextoname if_nameindex if_nametoindex imaxabs imaxdiv index inet_addr inet_lnaof inet_makeaddr inet_netof
inet_network inet_ntoa inet_ntop inet_pton initstate insque ioctl isalnum isalnum_l isalpha isalpha_l isascii isatty
isblank isblank_l iscntrl iscntrl_l isdigit isdigit_l isfinite isgraph isgraph_l isgreater isgreaterequal isless
islessequal islessgreater islower islower_l isnormal isprint isprint_l ispunct ispunct_l isspace isspace_l isunordered
isupper isupper_l iswalnum iswalnum_l iswalpha iswalpha_l iswblank iswblank_l iswcntrl iswcntrl_l iswctype iswctype_l
iswdigit iswdigit_l iswgraph iswgraph_l iswlower iswlower_l iswprint iswprint_l iswpunct iswpunct_l iswspace
iswspace_l iswupper iswupper_l iswxdigit iswxdigit_l isxdigit isxdigit_l jrand48 kill killpg l64a labs lchown lcong48
ldiv lfind link linkat lio_listio listen llabs lldiv localeconv localtime localtime_r lockf longjmp lrand48 lsearch
lseek lstat makecontext malloc mblen mbrlen mbrtowc mbsinit mbsnrtowcs mbsrtowcs mbstowcs mbtowc memalign memccpy
memchr memcmp memcpy memfrob memmem memmove mempcpy memrchr memset mkdir mkdirat mkdtemp mkfifo mkfifoat mknod mknodat
mkstemp mktemp mktime mlock mlockall mmap mount mprotect mrand48 msgctl msgget msgrcv msgsnd msync mtx_lock munlock
munlockall munmap nanosleep newlocale nftw nice nl_langinfo nl_langinfo_l nrand48 ntohl ntohs on_exit open
open_memstream open_wmemstream openat opendir openlog optarg opterr optind optopt pathconf pause pclose perror pipe
pipe2 poll popen pread printf pselect psiginfo psignal ptsname putc putc_unlocked putchar putchar_unlocked putenv puts
pututxline putw putwc putwchar pwrite qsort quick_exit raise rand rand_r random rawmemchr read readdir readdir_r
readlink readlinkat readv realloc realpath reboot recv recvfrom recvmsg regcomp regerror regexec regfree remove remque
rename renameat rewind rewinddir rindex rmdir rpmatch sbrk scandir scanf secure_getenv seed48 seekdir select sem_close
sem_destroy sem_getvalue sem_init sem_open sem_post sem_timedwait sem_trywait sem_unlink sem_wait semctl semget semop
send sendfile sendmsg sendto setbuf setbuffer setcontext setegid setenv seteuid setgid setgrent sethostent sethostname
setitimer setjmp setkey setlinebuf setlocale setlogmask setnetent setpgid setpgrp setpriority setprotoent setpwent
setregid setreuid setrlimit setservent setsid setsockopt setstate setuid setutxent setvbuf shm_open shm_unlink shmat
shmctl shmdt shmget shutdown sigaction sigaddset sigaltstack sigdelset sigemptyset sigfillset sighold sigignore
siginterrupt sigismember siglongjmp signal signbit signgam sigpause sigpending sigprocmask sigqueue sigrelse sigset
sigsuspend sigtimedwait sigwait sigwaitinfo sleep snprintf sockatmark socket socketpair splice sprintf srand srand48
srandom sscanf stat statvfs stime stpcpy stpncpy strcasecmp strcasecmp_l strcasestr strcat strchr strchrnul strcmp
strcoll strcoll_l strcpy strcspn strdup strerror strerror_l strerror_r strfmon strfmon_l strfry strftime strftime_l
strlen strncasecmp strncasecmp_l strncat strncmp strncpy strndup strnlen strpbrk strptime strrchr strsep strsignal
strspn strstr strtod strtof strtoimax strtok strtok_r strtol strtold strtoll strtoul strtoull strtoumax strxfrm
strxfrm_l swab swapcontext swprintf swscanf symlink symlinkat sync syscall sysconf sysinfo syslog system tcdrain
tcflow tcflush tcgetattr tcgetpgrp tcgetsid tcsendbreak tcsetattr tcsetpgrp tdelete tee telldir tempnam tfind
thrd_create time timer_create timer_delete timer_getoverrun timer_gettime timer_settime times timespec_get timezone
tmpfile tmpfile_r tmpnam toascii tolower tolower_l toupper toupper_l towctrans towctrans_l towlower towlower_l
towupper towupper_l truncate tsearch ttyname ttyname_r twalk tzname tzset ualarm ulimit umask umount uname ungetc
ungetwc unlink unlinkat unlockpt unsetenv uselocale usleep utime utimensat utimes valloc vasprintf vdprintf vfork
vfprintf vfscanf vfwprintf vfwscanf vprintf vscanf vsnprintf vsprintf vsscanf vswprintf vswscanf vwprintf vwscanf wait
wait3 wait4 waitid waitpid warn warnx wcpcpy wcpncpy wcrtomb wcscasecmp wcscasecmp_l wcscat wcschr wcscmp wcscoll
wcscoll_l wcscpy wcscspn wcsdup wcsftime wcslen wcsncasecmp wcsncasecmp_l wcsncat wcsncmp wcsncpy wcsnlen wcsnrtombs
wcspbrk wcsrchr wcsrtombs wcsspn wcsstr wcstod wcstof wcstoimax wcstok wcstol wcstold wcstoll wcstombs wcstoul
wcstoull wcstoumax wcswcs wcswidth wcsxfrm wcsxfrm_l wctob wctomb wctrans wctrans_l wctype wctype_l wcwidth wmemchr
wmemcmp wmemcpy wmemmove wmemset wordexp wordfree wprintf write writev wscanf
"""
RESERVED = frozenset(KEYWORDS.split())
"""Words that are no names of anything."""
MACROS = re.compile(
    r"U?INT\w*_(MIN|MAX|C)|(PTRDIFF|SIG_ATOMIC|SIZE|SSIZE|WCHAR|WINT|CHAR|RAND|TMP|FILENAME|FOPEN)_(MIN|MAX)"
    r"|(M|FP|MATH|SEEK|EXIT|FD|FLT|DBL|LDBL)_\w*[A-Z0-9]|HUGE(_VAL[FL]?)?|MAXFLOAT|X_TLOSS|DOMAIN|SING|OVERFLOW|UNDERFLOW|[PT]LOSS"
    r"|WNOHANG|WUNTRACED|W(STOPP|EXIT|CONTINU)ED|WNOWAIT|(BIG|LITTLE|PDP)_ENDIAN|BYTE_ORDER|BUFSIZ|NFDBITS|MB_CUR_MAX|L_tmpnam|P_tmpdir|L_ctermid|SNANF?|SNANL"
    r"|linux|unix|hpux|i386|mips|sparc|math_errhandling"
    r"|(u?int\w*|s?size|ptrdiff|wchar|off|time|clock|float|double)_t"
)
"""Names that are macros or types of C's headers or of some compilers, and so no names of anything either."""
TAKEN = frozenset({*LIBRARY.split(), *(f"{name}{type_}" for name in MATH.split() for type_ in ("", "f", "l"))})
"""Words that are no names of functions: those of the standard library, of POSIX, and of what compilers know."""
FAMILIES = re.compile("pthread_|posix_|sched_|mq_|aio_")
"""How names begin that are no names of functions, either."""


def c_type(dtype: np.dtype[Any]) -> str:
    """The C type of a type of numpy; texts of any length are pointers."""
    return TYPES["str" if dtype.kind in "UO" else dtype.name]


def function_named(text: str) -> str:
    """The name in C of a function of that name."""
    return named(f"x{text}" if FAMILIES.match(text) else text, TAKEN)


def named(text: str, taken: Container[str] = ()) -> str:
    """A name in C that is like a text, and not taken; none begins as what is of wisen in the file does."""
    plain = re.sub(r"[^A-Za-z0-9_]", "_", text)
    plain = f"_{plain}" if not plain or plain[0].isdigit() else plain
    plain = f"x{plain}" if plain.startswith("_") or plain.lower().startswith("wisen") else plain
    while plain in RESERVED or MACROS.fullmatch(plain) or plain in taken:
        plain += "_"
    return plain


def number(value: Any, dtype: np.dtype[Any]) -> str:
    """A number."""
    if dtype.kind == "f":
        if math.isnan(value):
            return "NAN"
        if math.isinf(value):
            return "INFINITY" if value > 0 else "-INFINITY"
        return str(value) + ("f" if dtype == np.float32 else "")
    if dtype.kind == "b":
        return str(int(value))
    value = int(value)
    if value == -(2**63):
        return "INT64_MIN"
    return f"{value}LL" if abs(value) >= 2**31 else str(value)


def quoted(text: str) -> str:
    """A text, as UTF-8; raises BadProgram where there is a character in it that ends a text in C."""
    if "\0" in text:
        raise BadProgram(f"the label {text!r} has a character of the number 0, which ends a text in C")
    plain = "".join(
        chr(byte) if 32 <= byte < 127 and chr(byte) not in '"\\?' else f"\\{byte:03o}"
        for byte in text.encode("utf-8", "surrogatepass")
    )
    return f'"{plain}"'


def comment(text: str) -> str:
    """A text that may stand in a comment, without what ends it, goes on with a line, or is not to be seen."""
    seen = "".join(" " if each != "\n" and category(each) in UNSEEN else each for each in text)
    seen = re.sub(r"\?(?=\?)", "? ", seen)  # three characters of C that stand for one
    return re.sub(r"[\\\s]*\\\s*$", "", seen.replace("*/", "* /").replace("/*", "/ *"), flags=re.MULTILINE)


UNSEEN = ("Cc", "Cf", "Cs", "Zl", "Zp")
"""Categories of characters that steer, turn or break lines, or are none."""


def table(type_: str, name: str, array: np.ndarray) -> str:
    """A constant array."""
    flat = array.ravel()
    if array.dtype.kind in "UO":
        words = [quoted(str(each)) for each in flat]
    else:
        words = [number(each, array.dtype) for each in flat]
    declared = f"static {type_}const {name}" if type_.endswith("*") else f"static const {type_} {name}"
    return f"{declared}[{len(words)}] = {{\n{wrapped(words)}\n}};"


def wrapped(words: Sequence[str], most: int = 116) -> str:
    """Words with commas between them, in lines."""
    lines, line = [], ""
    for word in words:
        if line and len(line) + len(word) + 2 > most:
            lines.append(line)
            line = ""
        line += f"{word}, " if line else f"    {word}, "
    return "\n".join(each.rstrip() for each in [*lines, line])
