personal-data-not-you = 본인의 이메일과 비밀번호가 아닙니다. 본인의 계정만 삭제할 수 있습니다.
personal-data-not-confirmed = 삭제되는 정보와 보관되는 정보를 viewer.erasure에서 확인한 후 confirm: true로 보내 주십시오.
personal-data-no-such-account = 해당 계정을 찾을 수 없습니다.
personal-data-handles = 신청 { PARTICLE($number, "을", "를") } 심사 중입니다. 먼저 심사를 결정하거나 보완을 요청해 주십시오.
personal-data-last-administrator = 마지막 관리자 계정입니다. 먼저 다른 사람에게 관리자 역할을 부여해 주십시오.
personal-data-under-way = 신청 { PARTICLE($number, "이", "가") } '{ $state }' 상태입니다. 먼저 바이알의 수령을 확인하거나 은행에 문의해 주십시오.
personal-data-open-request = 신청 { PARTICLE($number, "이", "가") } '{ $state }' 상태입니다. 먼저 철회해 주십시오.
