// Lists of addresses and networks (CIDR, IPv4 and IPv6), as policies and keys hold them.
import { BlockList, isIP } from 'node:net';

interface Network {
  address: string;
  prefix: number;
  family: 'ipv4' | 'ipv6';
}

function networkOf(text: string): Network | null {
  const [address = '', prefix, rest] = text.split('/');
  const version = isIP(address);
  if (version === 0 || rest !== undefined || address.includes('%')) return null;
  const most = version === 4 ? 32 : 128;
  if (prefix !== undefined && !/^(0|[1-9]\d{0,2})$/.test(prefix)) return null;
  const bits = prefix === undefined ? most : Number(prefix);
  return bits > most ? null : { address, prefix: bits, family: version === 4 ? 'ipv4' : 'ipv6' };
}

/** Whether text is an address or a network, e.g. `203.0.113.7`, `10.0.0.0/8`, `2001:db8::/32`. */
export const isNetwork = (text: string): boolean => networkOf(text) !== null;

/** Whether everybody whom `inner` lets in `outer` lets in too. Networks of `outer` are taken one by one, not joined. */
export function isWithin(inner: readonly string[], outer: readonly string[]): boolean {
  if (outer.length === 0) return true;
  const judges = outer.flatMap((text) => {
    const network = networkOf(text);
    return network ? [{ ...network, holds: addressJudge([text]) }] : [];
  });
  return inner.length > 0 && inner.map(networkOf).every((network) => network !== null
    && judges.some(({ family, prefix, holds }) => family === network.family && prefix <= network.prefix && holds(network.address)));
}

/** Judges addresses by a list. An empty list lets everybody in; an unknown address is in no list. */
export function addressJudge(networks: readonly string[]): (ip: string | null) => boolean {
  if (networks.length === 0) return () => true;
  const list = new BlockList();
  for (const text of networks) {
    const network = networkOf(text);
    if (network) list.addSubnet(network.address, network.prefix, network.family);
  }
  return (ip) => {
    const version = ip === null ? 0 : isIP(ip);
    return ip !== null && version !== 0 && list.check(ip, version === 4 ? 'ipv4' : 'ipv6');
  };
}
