// Where a master key is, of the ways there are.

/** Where a master key is: at most one of these. */
export interface MasterKeySource {
  /** Base64 of 32 bytes. */
  key?: string | undefined;
  /** Path of a file that holds them. */
  file?: string | undefined;
  /** Path of a program that keeps the key and wraps with it. */
  command?: string | undefined;
  /** Path of a file that holds what AWS KMS has wrapped. */
  kmsFile?: string | undefined;
  /** What a key is derived from, with `salt`. */
  passphrase?: string | undefined;
  /** Path of a file that holds it. */
  passphraseFile?: string | undefined;
  /** Base64. */
  salt?: string | undefined;
}

export const isGiven = ({ key, file, command, kmsFile, passphrase, passphraseFile }: MasterKeySource): boolean => [key, file, command, kmsFile, passphrase, passphraseFile].some((one) => one !== undefined);

type Name = 'SWITCHBOARD_MASTER_KEY' | 'SWITCHBOARD_MASTER_KEY_PREVIOUS';
type Suffix = '' | '_FILE' | '_COMMAND' | '_KMS_FILE' | '_PASSPHRASE' | '_PASSPHRASE_FILE' | '_SALT';

export const masterKeySource = (value: { [Variable in `${Name}${Suffix}`]?: string | undefined }, name: Name): MasterKeySource => ({
  key: value[name], file: value[`${name}_FILE`], command: value[`${name}_COMMAND`], kmsFile: value[`${name}_KMS_FILE`],
  passphrase: value[`${name}_PASSPHRASE`], passphraseFile: value[`${name}_PASSPHRASE_FILE`], salt: value[`${name}_SALT`],
});
