# Prints what the kernel holds in this network namespace. One "@@@ name" line stands before each part. Read only:
# nothing here may create anything.
has() { command -v "$1" > /dev/null; }
part() { printf '\n@@@ %s\n' "$1"; }

# One process for many questions: each answer is a JSON array on a line of its own.
links=$(ip -j -d -batch - << 'END'
link show
address show
route show table all
rule show
neighbour show nud permanent
neighbour show proxy
END
) || exit
part ip4
printf '%s\n' "$links"
part ip6
ip -j -d -6 rule show

# Only a bridge and its ports have VLANs.
case $links in
    *'"info_kind":"bridge"'* | *'"info_slave_kind":"bridge"'*)
        if has bridge; then part vlan; bridge -j vlan show; fi
        ;;
esac

if has tc; then
    part qdisc
    qdiscs=$(tc -j qdisc show)
    printf '%s\n' "$qdiscs"
    # Only what was made on purpose has classes and filters worth asking for.
    case $qdiscs in
        *'"kind":"'[hctip][tblnrf][bfqgi]*)
            for link in $(tc qdisc show | sed -n 's/.* dev \([^ ]*\) .*/\1/p' | sort -u); do
                part "class $link"; tc -j class show dev "$link" 2> /dev/null
                for side in '' ingress egress; do
                    part "filter $link $side"; tc -j filter show dev "$link" $side 2> /dev/null
                done
            done
            ;;
    esac
fi

if has nft; then part nft; nft -j list ruleset; fi

# The legacy tools make their tables when asked for them, so only those that exist are asked for.
for family in ip ip6; do
    if [ -s "/proc/net/${family}_tables_names" ]; then
        while read -r table; do
            part "iptables $family-legacy $table"
            "${family}tables-legacy-save" -t "$table" 2> /dev/null
        done < "/proc/net/${family}_tables_names"
    fi
done

part sysctl
grep -s . /proc/sys/net/ipv4/* /proc/sys/net/ipv4/conf/all/* /proc/sys/net/ipv4/conf/default/* \
    /proc/sys/net/ipv6/* /proc/sys/net/ipv6/conf/all/* /proc/sys/net/ipv6/conf/default/* \
    /proc/sys/net/core/* /proc/sys/net/bridge/*
exit 0
