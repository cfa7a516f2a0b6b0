# Prints what the kernel holds in this network namespace, one "@@@ name" line before each part.
# Read only: nothing here may create a table, load a module or resolve a name.
set -e
has() { command -v "$1" > /dev/null; }
part() { printf '\n@@@ %s\n' "$1"; }

part link;  ip -j -d link show
part addr;  ip -j addr show
part route; ip -j -d route show table all
part rule4; ip -j -4 rule show
part rule6; ip -j -6 rule show
part neigh; ip -j neigh show nud permanent
part proxy; ip -j neigh show proxy

if has bridge; then
  part vlan
  bridge -j vlan show
fi

if has tc; then
  part tc
  tc qdisc show
  tc qdisc show | while read -r _ kind _ _ device _; do
    case $kind in
      noqueue | noop | mq | fq | fq_codel | pfifo | bfifo | pfifo_fast) ;;
      *) echo "$device" ;;
    esac
  done | sort -u | while read -r device; do
    for what in 'class show' 'filter show' 'filter show ingress' 'filter show egress'; do
      set -- $what
      part "tc-of $device ${3:-}"
      tc "$1" "$2" dev "$device" ${3:+"$3"} 2> /dev/null || :
    done
  done
fi

if has nft; then
  ruleset=$(nft -s list ruleset)
  part nft
  printf '%s\n' "$ruleset"
  # iptables-nft-save reads, it makes no table; its view shows what nft cannot translate.
  case $ruleset in *'table ip '[fnmrs]*) has iptables-nft-save && { part 'iptables ip'; iptables-nft-save 2> /dev/null; } ;; esac
  case $ruleset in *'table ip6 '[fnmrs]*) has ip6tables-nft-save && { part 'iptables ip6'; ip6tables-nft-save 2> /dev/null; } ;; esac
fi

# The legacy tools load their tables on first sight, so only tables that exist are asked for.
for family in ip ip6; do
  while read -r table; do
    part "iptables $family-legacy"
    "${family}tables-legacy-save" -t "$table" 2> /dev/null || :
  done < "/proc/net/${family}_tables_names" || :
done 2> /dev/null

part sysctl
grep -rs . /proc/sys/net/ipv4 /proc/sys/net/ipv6 /proc/sys/net/core /proc/sys/net/bridge || :
