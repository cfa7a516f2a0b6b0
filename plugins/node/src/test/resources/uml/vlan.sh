# What a bridge with VLANs does, asked of the packaged plugin in PONTOON. Each observation is a file in RESULTS.
cd "$RESULTS"
bin=$PONTOON/bin

# conf NAME SUBNET KEYS: a network on the bridge br0.
conf() {
    echo '{"cniVersion":"1.1.0","name":"'"$1"'","type":"bridge","bridge":"br0",'"$3"',
           "ipam":{"type":"host-local","ranges":[[{"subnet":"'"$2"'"}]]}}'
}

# cni VERB POD CONF: the answer goes to VERB-POD.json, the exit status to VERB-POD.exit.
cni() {
    local exit=0
    CNI_COMMAND=$1 CNI_CONTAINERID=$2 CNI_NETNS=/run/netns/$2 CNI_IFNAME=eth0 CNI_PATH=$bin \
        "$bin/bridge" <<< "$3" > "$1-$2.json" 2> "$1-$2.err" || exit=$?
    echo "$exit" > "$1-$2.exit"
}

known() { # CONF POD: the configuration with the result of the pod's ADD
    echo "${1%\}},\"prevResult\":$(cat "ADD-$2.json")}"
}

port_of() { # POD: the host's end of its veth pair
    grep -o 'veth[0-9a-f]*' "ADD-$1.json" | head -n 1
}

add() { # POD CONF
    ip netns add "$1"
    cni ADD "$1" "$2"
    bridge -j vlan show dev "$(port_of "$1")" > "vlans-$1.json"
}

reaches() { # NAME POD ADDRESS: whether the pod does, into NAME.ping
    if ip netns exec "$2" ping -c 1 -W "${4:-5}" "$3" > "$1.log" 2>&1; then echo yes; else echo no; fi > "$1.ping"
}

untagged=$(conf untagged 10.100.0.0/24 '"vlan":100,"isDefaultGateway":true')
add one "$untagged"
add two "$untagged"
ip -j -d link show br0 > bridge.json
ip -j addr show br0.100 > gateway.json
bridge -j vlan show > vlans.json
reaches gateway one 10.100.0.1
reaches neighbour one 10.100.0.3
cni CHECK one "$(known "$untagged" one)"

other=$(conf other 10.200.0.0/24 '"vlan":200,"isGateway":true')
add stranger "$other"
ip netns exec stranger ip addr add 10.100.0.77/24 dev eth0
reaches stranger stranger 10.100.0.2 1

both=$(conf both 10.101.0.0/24 '"vlan":101,"vlanTrunk":[{"minID":200,"maxID":203},{"id":300}]')
add both "$both"
ip netns exec both ip link add link eth0 name eth0.200 type vlan id 200
ip netns exec both ip addr add 10.200.0.77/24 dev eth0.200
ip netns exec both ip link set eth0.200 up
reaches tagged both 10.200.0.1
cni CHECK both "$(known "$both" both)"
bridge vlan del dev "$(port_of both)" vid 202
mv CHECK-both.exit CHECK-both-whole.exit
cni CHECK both "$(known "$both" both)"

trunk=$(conf trunk 10.102.0.0/24 '"vlanTrunk":[{"id":300},{"minID":301,"maxID":302}]')
add trunk "$trunk"
kept=$(conf kept 10.103.0.0/24 '"vlan":103,"preserveDefaultVlan":true')
add kept "$kept"

bridge vlan del dev "$(port_of two)" vid 100
cni CHECK two "$(known "$untagged" two)"

# As an ADD leaves it that was killed just after it had made the pair: in the default VLAN, and down.
ip link add half0 type veth peer name br0.104
ip link set half0 master br0 up
half=$(conf half 10.104.0.0/24 '"vlan":104,"isGateway":true')
add half "$half"
bridge -j vlan show dev half0 > vlans-half0.json
reaches half half 10.104.0.1

cni DEL one "$(known "$untagged" one)"
cni DEL two "$(known "$untagged" two)"
cni DEL stranger "$(known "$other" stranger)"
cni DEL both "$(known "$both" both)"
cni DEL trunk "$(known "$trunk" trunk)"
cni DEL kept "$(known "$kept" kept)"
cni DEL half "$(known "$half" half)"
ip -j link show master br0 > ports.json
find /var/lib/cni/networks -name '1*' > leases
find /run/pontoon -type f > records
