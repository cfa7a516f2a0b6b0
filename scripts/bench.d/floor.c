/*
 * The floor of scripts/bench: what a bridge plugin with host-local asks of the kernel, and nothing else. It reads no
 * configuration and checks nothing; a plugin that does its work properly cannot be much faster than this. It is called
 * as a plugin is (environment, standard input, one JSON document), with options in place of a configuration:
 *
 *   floor [--bridge NAME --store DIR [--dual] [--masquerade]]      without --bridge it does the work of loopback
 *
 * The bridge has its address already, and with --masquerade the table `inet pontoon` has its maps, sets and rules.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LOOPBACK = 1, OPERATIONAL = 6, BUFFER = 16384 };

static const char *bridge;
static const char *store;
static int families = 1;
static int masquerade;

static const struct family {
    int number;
    int bytes;
    int prefix;
    const char *gateway;
    const char *first;
    const char *beyond; /* the range has been used up when this one is next */
    const char *subnet;
    const char *map;
    const char *pairs; /* and the counter of this name */
} FAMILIES[] = {
    {AF_INET, 4, 16, "10.1.0.1", "10.1.0.2", "10.1.255.255", "10.1.0.0", "masq_v4", "masq_v4_16"},
    {AF_INET6, 16, 64, "fd00:1::1", "fd00:1::2", "fd00:1:0:1::", "fd00:1::", "masq_v6", "masq_v6_64"},
};

static _Noreturn void fail(const char *format, ...) {
    int error = errno;
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "floor: ");
    vfprintf(stderr, format, arguments);
    fprintf(stderr, ": %s\n", strerror(error));
    exit(EXIT_FAILURE);
}

static const char *variable(const char *name) {
    const char *value = getenv(name);
    if (value == NULL) {
        errno = EINVAL;
        fail("%s", name);
    }
    return value;
}

/* ---- netlink ---------------------------------------------------------------------------------------------------- */

/* One or more messages that are sent at once. */
struct batch {
    _Alignas(struct nlmsghdr) char bytes[BUFFER];
    int length;
    int last; /* where the message starts that attributes are added to */
};

static struct nlmsghdr *last(struct batch *batch) {
    return (struct nlmsghdr *)(batch->bytes + batch->last);
}

static void append(struct batch *batch, const void *data, int length) {
    memset(batch->bytes + batch->length, 0, NLMSG_ALIGN(length));
    memcpy(batch->bytes + batch->length, data, length);
    batch->length += NLMSG_ALIGN(length);
    last(batch)->nlmsg_len = batch->length - batch->last;
}

static void message(struct batch *batch, int type, int flags, const void *header, int length) {
    batch->last = batch->length;
    struct nlmsghdr start = {.nlmsg_type = type, .nlmsg_flags = NLM_F_REQUEST | flags};
    append(batch, &start, sizeof start);
    append(batch, header, length);
}

static void attribute(struct batch *batch, int type, const void *data, int length) {
    append(batch, &(struct nlattr){.nla_len = NLA_HDRLEN + length, .nla_type = type}, NLA_HDRLEN);
    append(batch, data, length);
}

static void attribute_text(struct batch *batch, int type, const char *text) {
    attribute(batch, type, text, strlen(text) + 1);
}

static void attribute_number(struct batch *batch, int type, uint32_t number) {
    attribute(batch, type, &number, sizeof number);
}

static int open_nest(struct batch *batch, int type) {
    int at = batch->length;
    append(batch, &(struct nlattr){.nla_type = type}, NLA_HDRLEN);
    return at;
}

static void close_nest(struct batch *batch, int at) {
    ((struct nlattr *)(batch->bytes + at))->nla_len = batch->length - at;
}

static int netlink(int protocol) {
    int socket_ = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
    if (socket_ < 0 || bind(socket_, (struct sockaddr *)&(struct sockaddr_nl){.nl_family = AF_NETLINK},
                            sizeof(struct sockaddr_nl)) != 0) {
        fail("open a netlink socket");
    }
    return socket_;
}

static void send_batch(int socket_, struct batch *batch, const char *what) {
    struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
    if (sendto(socket_, batch->bytes, batch->length, 0, (struct sockaddr *)&kernel, sizeof kernel) != batch->length) {
        fail("%s", what);
    }
}

/* Sends, and waits until `acknowledgements` messages of it are acknowledged. */
static void request(int socket_, struct batch *batch, int acknowledgements, const char *what) {
    send_batch(socket_, batch, what);
    _Alignas(struct nlmsghdr) char answer[BUFFER];
    while (acknowledgements > 0) {
        ssize_t length = recv(socket_, answer, sizeof answer, 0);
        if (length < 0) {
            fail("%s", what);
        }
        int left = (int)length;
        for (struct nlmsghdr *header = (void *)answer; NLMSG_OK(header, left); header = NLMSG_NEXT(header, left)) {
            if (header->nlmsg_type == NLMSG_ERROR) {
                errno = -((struct nlmsgerr *)NLMSG_DATA(header))->error;
                if (errno != 0) {
                    fail("%s", what);
                }
                acknowledgements--;
            }
        }
    }
}

/* Sends a request for one object and returns its message; the next call overwrites it. */
static struct nlmsghdr *get(int socket_, struct batch *batch, const char *what) {
    static _Alignas(struct nlmsghdr) char answer[BUFFER];
    send_batch(socket_, batch, what);
    if (recv(socket_, answer, sizeof answer, 0) < 0) {
        fail("%s", what);
    }
    struct nlmsghdr *header = (void *)answer;
    if (header->nlmsg_type == NLMSG_ERROR) {
        errno = -((struct nlmsgerr *)NLMSG_DATA(header))->error;
        fail("%s", what);
    }
    return header;
}

static struct rtattr *find(struct nlmsghdr *header, int header_size, int type) {
    int left = (int)NLMSG_PAYLOAD(header, header_size);
    struct rtattr *attribute_ = (void *)((char *)NLMSG_DATA(header) + NLMSG_ALIGN(header_size));
    for (; RTA_OK(attribute_, left); attribute_ = RTA_NEXT(attribute_, left)) {
        if (attribute_->rta_type == type) {
            return attribute_;
        }
    }
    return NULL;
}

/* ---- links, addresses, routes ----------------------------------------------------------------------------------- */

struct link_state {
    int index;
    int operational;
    char mac[18];
};

static struct link_state link_state(int socket_, const char *name) {
    struct batch batch = {0};
    message(&batch, RTM_GETLINK, 0, &(struct ifinfomsg){0}, sizeof(struct ifinfomsg));
    attribute_text(&batch, IFLA_IFNAME, name);
    attribute_number(&batch, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
    struct nlmsghdr *answer = get(socket_, &batch, name);
    struct rtattr *state = find(answer, sizeof(struct ifinfomsg), IFLA_OPERSTATE);
    struct rtattr *address = find(answer, sizeof(struct ifinfomsg), IFLA_ADDRESS);
    struct link_state link = {.index = ((struct ifinfomsg *)NLMSG_DATA(answer))->ifi_index};
    link.operational = state != NULL && *(unsigned char *)RTA_DATA(state) == OPERATIONAL;
    if (address != NULL) {
        const unsigned char *mac = RTA_DATA(address);
        snprintf(link.mac, sizeof link.mac, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4],
                 mac[5]);
    }
    return link;
}

/* For each direction. Unless told, the kernel makes one for each processor, takes them away again, and waits for all
 * to notice. */
static void attribute_one_queue(struct batch *batch) {
    attribute_number(batch, IFLA_NUM_TX_QUEUES, 1);
    attribute_number(batch, IFLA_NUM_RX_QUEUES, 1);
}

/* The pair, its other end in the container, its master and its state: all in one request. */
static void create_veth(int socket_, const char *name, const char *peer, int container, int master) {
    struct batch batch = {0};
    struct ifinfomsg up = {.ifi_flags = IFF_UP, .ifi_change = IFF_UP};
    message(&batch, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK, &up, sizeof up);
    attribute_text(&batch, IFLA_IFNAME, name);
    attribute_one_queue(&batch);
    attribute_number(&batch, IFLA_MASTER, master);
    int info = open_nest(&batch, IFLA_LINKINFO);
    attribute_text(&batch, IFLA_INFO_KIND, "veth");
    int data = open_nest(&batch, IFLA_INFO_DATA);
    int other = open_nest(&batch, VETH_INFO_PEER);
    append(&batch, &(struct ifinfomsg){0}, sizeof(struct ifinfomsg));
    attribute_text(&batch, IFLA_IFNAME, peer);
    attribute_one_queue(&batch);
    attribute_number(&batch, IFLA_NET_NS_FD, container);
    close_nest(&batch, other);
    close_nest(&batch, data);
    close_nest(&batch, info);
    request(socket_, &batch, 1, "create the veth pair");
}

static void set_link(struct batch *batch, int index, unsigned flags) {
    struct ifinfomsg header = {.ifi_index = index, .ifi_flags = flags, .ifi_change = IFF_UP};
    message(batch, RTM_NEWLINK, NLM_F_ACK, &header, sizeof header);
}

static void add_address(struct batch *batch, int index, const struct family *family, const char *address) {
    unsigned char bytes[16];
    inet_pton(family->number, address, bytes);
    struct ifaddrmsg header = {.ifa_family = family->number, .ifa_prefixlen = family->prefix, .ifa_index = index};
    message(batch, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK, &header, sizeof header);
    attribute(batch, IFA_LOCAL, bytes, family->bytes);
    attribute(batch, IFA_ADDRESS, bytes, family->bytes);
}

static void add_default_route(struct batch *batch, int index, const struct family *family) {
    unsigned char bytes[16];
    inet_pton(family->number, family->gateway, bytes);
    struct rtmsg header = {.rtm_family = family->number, .rtm_table = RT_TABLE_MAIN, .rtm_protocol = RTPROT_BOOT,
                           .rtm_scope = RT_SCOPE_UNIVERSE, .rtm_type = RTN_UNICAST};
    message(batch, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK, &header, sizeof header);
    attribute(batch, RTA_GATEWAY, bytes, family->bytes);
    attribute_number(batch, RTA_OIF, index);
}

/* The first address of the family on a link, which is the only one that is not of the kernel's own making. */
static int address_on(int socket_, int index, const struct family *family, char *text) {
    struct batch batch = {0};
    struct ifaddrmsg header = {.ifa_family = family->number};
    message(&batch, RTM_GETADDR, NLM_F_DUMP, &header, sizeof header);
    send_batch(socket_, &batch, "list addresses");
    _Alignas(struct nlmsghdr) char answer[BUFFER];
    int found = 0;
    for (;;) {
        int left = (int)recv(socket_, answer, sizeof answer, 0);
        if (left < 0) {
            fail("list addresses");
        }
        for (struct nlmsghdr *item = (void *)answer; NLMSG_OK(item, left); item = NLMSG_NEXT(item, left)) {
            if (item->nlmsg_type != RTM_NEWADDR) {
                return found;
            }
            struct ifaddrmsg *of = NLMSG_DATA(item);
            struct rtattr *address = find(item, sizeof *of, IFA_ADDRESS);
            if ((int)of->ifa_index == index && of->ifa_scope == RT_SCOPE_UNIVERSE && address != NULL) {
                inet_ntop(family->number, RTA_DATA(address), text, INET6_ADDRSTRLEN);
                found = 1;
            }
        }
    }
}

static void sysctl(const char *name, const char *value) {
    int file = open(name, O_WRONLY | O_CLOEXEC);
    if (file < 0 || write(file, value, strlen(value)) < 0) {
        fail("write %s", name);
    }
    close(file);
}

static void read_forwarding(const char *name) {
    char value[8];
    int file = open(name, O_RDONLY | O_CLOEXEC);
    if (file < 0 || read(file, value, sizeof value) < 0) {
        fail("read %s", name);
    }
    close(file);
}

/* ---- leases, in the reference's format -------------------------------------------------------------------------- */

static int lock_store(void) {
    char path[4096];
    snprintf(path, sizeof path, "%s/lock", store);
    int lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (lock < 0 || flock(lock, LOCK_EX) != 0) {
        fail("lock %s", path);
    }
    return lock;
}

static void step(const struct family *family, unsigned char *address) {
    unsigned char beyond[16];
    for (int i = family->bytes - 1; i >= 0 && ++address[i] == 0; i--) {
    }
    inet_pton(family->number, family->beyond, beyond);
    if (memcmp(address, beyond, family->bytes) == 0) {
        inet_pton(family->number, family->first, address);
    }
}

static int create_lease(const char *address) {
    char path[4096], content[512];
    snprintf(path, sizeof path, "%s/%s", store, address);
    int file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (file < 0) {
        if (errno == EEXIST) {
            return 0;
        }
        fail("create %s", path);
    }
    int length = snprintf(content, sizeof content, "%s\r\n%s", variable("CNI_CONTAINERID"), variable("CNI_IFNAME"));
    if (write(file, content, length) != length) {
        fail("write %s", path);
    }
    close(file);
    return 1;
}

/* Takes the next free address after the one that was given out last. */
static void take_address(int number, char *text) {
    const struct family *family = &FAMILIES[number];
    char path[4096], before[INET6_ADDRSTRLEN] = "";
    unsigned char address[16];
    snprintf(path, sizeof path, "%s/last_reserved_ip.%d", store, number);
    int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    ssize_t length = file < 0 ? -1 : read(file, before, sizeof before - 1);
    if (length < 0) {
        fail("read %s", path);
    }
    if (length > 0 && inet_pton(family->number, before, address) == 1) {
        step(family, address);
    } else {
        inet_pton(family->number, family->first, address);
    }
    while (inet_ntop(family->number, address, text, INET6_ADDRSTRLEN), !create_lease(text)) {
        step(family, address);
    }
    if (pwrite(file, text, strlen(text), 0) < 0) {
        fail("write %s", path);
    }
    /* Cutting a file makes ext4 write it to disk, so only if it must become shorter. */
    if ((size_t)length > strlen(text) && ftruncate(file, strlen(text)) != 0) {
        fail("shorten %s", path);
    }
    close(file);
}

static void free_address(const char *address) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", store, address);
    if (unlink(path) != 0) {
        fail("remove %s", path);
    }
}

/* ---- masquerading: two elements for each address ---------------------------------------------------------------- */

static void nft_message(struct batch *batch, int type, int flags, int family, int resource) {
    struct nfgenmsg header = {.nfgen_family = family, .version = NFNETLINK_V0, .res_id = htons(resource)};
    message(batch, type, flags, &header, sizeof header);
}

static void element(struct batch *batch, int type, const char *set, const void *bytes, int length,
                    const char *counter) {
    int adding = type == NFT_MSG_NEWSETELEM;
    nft_message(batch, NFNL_SUBSYS_NFTABLES << 8 | type, NLM_F_ACK | (adding ? NLM_F_CREATE | NLM_F_EXCL : 0), 1, 0);
    attribute_text(batch, NFTA_SET_ELEM_LIST_TABLE, "pontoon");
    attribute_text(batch, NFTA_SET_ELEM_LIST_SET, set);
    int list = open_nest(batch, NFTA_SET_ELEM_LIST_ELEMENTS | NLA_F_NESTED);
    int item = open_nest(batch, NFTA_LIST_ELEM | NLA_F_NESTED);
    int key = open_nest(batch, NFTA_SET_ELEM_KEY | NLA_F_NESTED);
    attribute(batch, NFTA_DATA_VALUE, bytes, length);
    close_nest(batch, key);
    if (adding && counter != NULL) {
        attribute_text(batch, NFTA_SET_ELEM_OBJREF, counter);
    }
    close_nest(batch, item);
    close_nest(batch, list);
}

static void elements(struct batch *batch, int type, const struct family *family, const char *address) {
    unsigned char pair[32];
    inet_pton(family->number, address, pair);
    inet_pton(family->number, family->subnet, pair + family->bytes);
    element(batch, type, family->pairs, pair, 2 * family->bytes, NULL);
    element(batch, type, family->map, pair, family->bytes, family->pairs);
}

static void change_elements(int type, char addresses[][INET6_ADDRSTRLEN]) {
    struct batch batch = {0};
    nft_message(&batch, NFNL_MSG_BATCH_BEGIN, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES);
    for (int i = 0; i < families; i++) {
        elements(&batch, type, &FAMILIES[i], addresses[i]);
    }
    nft_message(&batch, NFNL_MSG_BATCH_END, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES);
    request(netlink(NETLINK_NETFILTER), &batch, 2 * families, "change the masquerading map");
}

/* ---- the calls -------------------------------------------------------------------------------------------------- */

static int open_container(void) {
    int container = open(variable("CNI_NETNS"), O_RDONLY | O_CLOEXEC);
    if (container < 0) {
        fail("open %s", variable("CNI_NETNS"));
    }
    return container;
}

static void enter(int container) {
    if (setns(container, CLONE_NEWNET) != 0) {
        fail("enter %s", variable("CNI_NETNS"));
    }
}

static void random_name(char *name) {
    unsigned number;
    if (getrandom(&number, sizeof number, 0) != sizeof number) {
        fail("get a random number");
    }
    snprintf(name, IFNAMSIZ, "veth%08x", number);
}

static void add(void) {
    char addresses[2][INET6_ADDRSTRLEN], veth[IFNAMSIZ];
    int lock = lock_store();
    for (int i = 0; i < families; i++) {
        take_address(i, addresses[i]);
    }
    close(lock);
    int container = open_container();
    int host = netlink(NETLINK_ROUTE);
    random_name(veth);
    create_veth(host, veth, variable("CNI_IFNAME"), container, link_state(host, bridge).index);
    for (int i = 0; i < families; i++) {
        read_forwarding(i == 0 ? "/proc/sys/net/ipv4/ip_forward" : "/proc/sys/net/ipv6/conf/all/forwarding");
    }
    if (masquerade) {
        change_elements(NFT_MSG_NEWSETELEM, addresses);
    }

    enter(container);
    int inside = netlink(NETLINK_ROUTE);
    struct link_state eth = link_state(inside, variable("CNI_IFNAME"));
    sysctl("/proc/sys/net/ipv4/conf/eth0/arp_notify", "1");
    sysctl("/proc/sys/net/ipv6/conf/eth0/accept_dad", "0");
    struct batch batch = {0};
    set_link(&batch, eth.index, IFF_UP);
    for (int i = 0; i < families; i++) {
        add_address(&batch, eth.index, &FAMILIES[i], addresses[i]);
        add_default_route(&batch, eth.index, &FAMILIES[i]);
    }
    request(inside, &batch, 1 + 2 * families, "set up the container's end");

    while (!link_state(host, veth).operational) {
        usleep(50);
    }
    struct link_state bridge_now = link_state(host, bridge);
    printf("{\"cniVersion\":\"1.0.0\",\"interfaces\":[{\"name\":\"%s\",\"mac\":\"%s\"},{\"name\":\"%s\"},"
           "{\"name\":\"%s\",\"mac\":\"%s\",\"sandbox\":\"%s\"}],\"ips\":[",
           bridge, bridge_now.mac, veth, variable("CNI_IFNAME"), eth.mac, variable("CNI_NETNS"));
    for (int i = 0; i < families; i++) {
        printf("%s{\"interface\":2,\"address\":\"%s/%d\",\"gateway\":\"%s\"}", i == 0 ? "" : ",", addresses[i],
               FAMILIES[i].prefix, FAMILIES[i].gateway);
    }
    printf("]}\n");
}

static void del(void) {
    char addresses[2][INET6_ADDRSTRLEN];
    int container = open_container();
    int lock = lock_store();
    /* The socket must be of the host's namespace, in which the map is. */
    int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    enter(container);
    int inside = netlink(NETLINK_ROUTE);
    int index = link_state(inside, variable("CNI_IFNAME")).index;
    for (int i = 0; i < families; i++) {
        if (!address_on(inside, index, &FAMILIES[i], addresses[i])) {
            errno = ENOENT;
            fail("address of %s", variable("CNI_IFNAME"));
        }
        free_address(addresses[i]);
    }
    close(lock);
    struct batch batch = {0};
    message(&batch, RTM_DELLINK, NLM_F_ACK, &(struct ifinfomsg){.ifi_index = index}, sizeof(struct ifinfomsg));
    request(inside, &batch, 1, "delete the link");
    if (masquerade) {
        enter(home);
        change_elements(NFT_MSG_DELSETELEM, addresses);
    }
}

static void loopback(int adding) {
    enter(open_container());
    struct batch batch = {0};
    set_link(&batch, LOOPBACK, adding ? IFF_UP : 0);
    int inside = netlink(NETLINK_ROUTE);
    request(inside, &batch, 1, "set lo");
    if (adding) {
        char address[INET6_ADDRSTRLEN];
        address_on(inside, LOOPBACK, &FAMILIES[0], address);
        printf("{\"cniVersion\":\"1.0.0\",\"interfaces\":[{\"name\":\"lo\",\"sandbox\":\"%s\"}],"
               "\"ips\":[{\"interface\":0,\"address\":\"127.0.0.1/8\"}]}\n", variable("CNI_NETNS"));
    }
}

static void read_input(void) {
    char ignored[BUFFER];
    while (read(STDIN_FILENO, ignored, sizeof ignored) > 0) {
    }
}

int main(int count, char **arguments) {
    for (int i = 1; i < count; i++) {
        if (strcmp(arguments[i], "--bridge") == 0) {
            bridge = arguments[++i];
        } else if (strcmp(arguments[i], "--store") == 0) {
            store = arguments[++i];
        } else if (strcmp(arguments[i], "--dual") == 0) {
            families = 2;
        } else if (strcmp(arguments[i], "--masquerade") == 0) {
            masquerade = 1;
        } else {
            fprintf(stderr, "floor: %s?\n", arguments[i]);
            return 2;
        }
    }
    read_input();
    const char *command = variable("CNI_COMMAND");
    if (strcmp(command, "VERSION") == 0) {
        printf("{\"cniVersion\":\"1.0.0\",\"supportedVersions\":[\"1.0.0\"]}\n");
    } else if (bridge == NULL) {
        loopback(strcmp(command, "ADD") == 0);
    } else if (strcmp(command, "ADD") == 0) {
        add();
    } else {
        del();
    }
    return EXIT_SUCCESS;
}
